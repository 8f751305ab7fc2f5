import { describe, expect, it } from 'vitest'
import { textByPlace, writersOf } from '../../../src/cli/demo/text-by-place.ts'
import type { Decision, DecisionStep } from '../../../src/spec/decision.ts'
import { decisionWith } from './decision-with.ts'

const cloud: DecisionStep = { atMs: 1, placement: 'cloud', model: 'large', reason: 'prefer-cloud' }
const local: DecisionStep = { atMs: 50, placement: 'local', model: 'small', reason: 'stream-cut' }

describe('the text of an answer by place', () => {
  const decision: Decision = decisionWith({ steps: [cloud, local], firstTokenMs: 20, totalMs: 60 })

  it('is cut where the stream said that another place goes on', () => {
    const pieces = [
      { stretch: 0, text: 'It ' },
      { stretch: 0, text: 'is ' },
      { stretch: 1, text: 'red.' },
    ]
    expect(textByPlace(pieces, decision).map(({ step, text }) => [step.placement, text])).toEqual([
      ['cloud', 'It is '],
      ['local', 'red.'],
    ])
  })

  it('leaves out places that gave up before the first word', () => {
    const draft: DecisionStep = { atMs: 0, placement: 'cascade', model: 'small, large', reason: 'prefer-edge' }
    const steps = [draft, { ...cloud, atMs: 30 }, { ...local, atMs: 40 }]
    expect(writersOf(decisionWith({ steps, firstTokenMs: 45 }))).toEqual([steps[2]])
    expect(writersOf(decisionWith({ steps, firstTokenMs: 35 }))).toEqual(steps.slice(1))
  })

  it('holds everything in one stretch when one place wrote it all', () => {
    const one = decisionWith({ steps: [cloud], firstTokenMs: 20 })
    expect(textByPlace([{ stretch: 0, text: 'Yes.' }], one)).toEqual([{ step: cloud, text: 'Yes.' }])
  })
})

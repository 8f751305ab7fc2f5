import { describe, expect, it } from 'vitest'
import { textByPlace, writersOf } from '../../../src/cli/demo/text-by-place.ts'
import type { Decision, DecisionStep } from '../../../src/spec/decision.ts'
import { decisionWith } from './decision-with.ts'

const cloud: DecisionStep = { atMs: 1, placement: 'cloud', model: 'large', reason: 'prefer-cloud' }
const local: DecisionStep = { atMs: 50, placement: 'local', model: 'small', reason: 'stream-cut' }

describe('the text of an answer by place', () => {
  const decision: Decision = decisionWith({ steps: [cloud, local], firstTokenMs: 20, totalMs: 60 })

  it('is cut where the next place took over, whatever the clocks of both sides say', () => {
    // The client sent 100 ms before the edge began to count.
    const pieces = [
      { atMs: 120, text: 'It ' },
      { atMs: 145, text: 'is ' },
      { atMs: 155, text: 'red.' },
    ]
    expect(textByPlace({ pieces, endMs: 161, decision }).map(({ step, text }) => [step.placement, text])).toEqual([
      ['cloud', 'It is '],
      ['local', 'red.'],
    ])
  })

  it('does not depend on how promptly the first word came through', () => {
    const pieces = [
      { atMs: 40, text: 'It ' },
      { atMs: 41, text: 'is ' },
      { atMs: 57, text: 'red.' },
    ]
    expect(textByPlace({ pieces, endMs: 61, decision }).map(({ text }) => text)).toEqual(['It is ', 'red.'])
  })

  it('leaves out places that gave up before the first word', () => {
    const draft: DecisionStep = { atMs: 0, placement: 'cascade', model: 'small, large', reason: 'prefer-edge' }
    const steps = [draft, { ...cloud, atMs: 30 }, { ...local, atMs: 40 }]
    expect(writersOf(decisionWith({ steps, firstTokenMs: 45 }))).toEqual([steps[2]])
    expect(writersOf(decisionWith({ steps, firstTokenMs: 35 }))).toEqual(steps.slice(1))
  })

  it('holds everything in one stretch when one place wrote it all', () => {
    const one = decisionWith({ steps: [cloud], firstTokenMs: 20 })
    expect(textByPlace({ pieces: [{ atMs: 30, text: 'Yes.' }], endMs: 110, decision: one })).toEqual([
      { step: cloud, text: 'Yes.' },
    ])
  })
})

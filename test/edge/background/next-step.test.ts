import { describe, expect, it } from 'vitest'
import { nextStep } from '../../../src/edge/background/next-step.ts'
import { EdgewiseError } from '../../../src/spec/errors.ts'
import type { Plan } from '../../../src/spec/plan.ts'
import type { InferenceMode } from '../../../src/spec/policy.ts'

const linkDown = new EdgewiseError('link-down', 'the hub cannot be reached')
const forbidden = new EdgewiseError('policy-forbids', 'no placement is allowed')

function plan(placement: Plan['placement'], reason: Plan['reason']): Plan {
  return {
    placement,
    models: ['small'],
    reason,
    mode: 'prefer-cloud',
    discloses: 'nothing',
    exact: true,
    estimate: { firstTokenMs: 1, tokensPerSecond: 1 },
    rejected: [{ placement: 'cloud', code: 'link-down', because: 'the hub cannot be reached' }],
  }
}

function stepOf(mode: InferenceMode, outlook: Plan | EdgewiseError, isOverdue = false) {
  return nextStep({ mode, outlook, isOverdue })
}

describe('a background request', () => {
  it.each(['only-edge', 'prefer-edge'] as const)('in mode %s is answered here when there is room', (mode) => {
    expect(stepOf(mode, plan('local', mode))).toEqual({ does: 'run', mode })
    expect(stepOf(mode, new EdgewiseError('overloaded', 'busy', { retryAfterSeconds: 3 }))).toEqual({
      does: 'wait',
      because: 'busy',
      afterMs: 3000,
    })
  })

  it('in mode prefer-cloud waits for the link until its time is over, then it is answered here', () => {
    const down = plan('local', 'link-down')
    expect(stepOf('prefer-cloud', down)).toEqual({
      does: 'wait',
      because: 'the hub cannot be reached',
      isForLink: true,
    })
    expect(stepOf('prefer-cloud', down, true)).toEqual({ does: 'run', mode: 'only-edge' })
    expect(stepOf('prefer-cloud', linkDown, true)).toEqual({ does: 'run', mode: 'only-edge' })
    expect(stepOf('prefer-cloud', plan('cloud', 'prefer-cloud'))).toEqual({ does: 'run', mode: 'only-cloud' })
  })

  it('in mode only-cloud waits for the link, and fails when no place may ever take it', () => {
    expect(stepOf('only-cloud', linkDown)).toMatchObject({ does: 'wait' })
    expect(stepOf('only-cloud', forbidden)).toEqual({ does: 'fail', error: forbidden })
  })

  it('for a model that nobody knows fails, unless the hub has yet to tell its models', () => {
    const unknown = new EdgewiseError('model-not-found', 'no such model')
    expect(stepOf('only-cloud', unknown)).toEqual({ does: 'fail', error: unknown })
    const asked = { mode: 'only-cloud' as const, outlook: unknown, isOverdue: false, knowsModels: false }
    expect(nextStep(asked)).toMatchObject({ does: 'wait' })
  })

  it.each(['only-edge', 'prefer-edge', 'prefer-cloud', 'only-cloud'] as const)(
    'that privacy pins here is answered here in mode %s, link or none',
    (mode) => expect(stepOf(mode, plan('local', 'privacy'))).toEqual({ does: 'run', mode }),
  )
})

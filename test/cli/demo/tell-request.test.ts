import { describe, expect, it } from 'vitest'
import { createPaint } from '../../../src/cli/demo/paint.ts'
import { tellRequest } from '../../../src/cli/demo/tell-request.ts'
import type { Decision, DecisionStep } from '../../../src/spec/decision.ts'
import { decisionWith } from './decision-with.ts'

const paint = createPaint({ isColored: false })
const draft: DecisionStep = { atMs: 0, placement: 'cascade', model: 'small, large', reason: 'prefer-edge' }
const usage = { promptTokens: 20, completionTokens: 7 }

/** The line without its time, which depends on the time zone. */
function told(parts: Partial<Decision>): string {
  return tellRequest({ decision: decisionWith(parts), paint }).replace(/^\d\d:\d\d:\d\d {2}/, '')
}

describe('the line of a request in the live feed', () => {
  it('says how sure the edge model was of what it kept', () => {
    const kept: DecisionStep = { atMs: 40, placement: 'local', model: 'small', reason: 'confident' }
    const confidence = { value: 0.934, threshold: 0.8 }
    expect(told({ steps: [draft, kept], firstTokenMs: 41.2, usage, confidence })).toBe(
      'edge          the edge model was 93 % sure (80 % asked)  20+7 tokens, first 41 ms, all 97 ms',
    )
  })

  it('names both places of an answer that was continued', () => {
    const cloud: DecisionStep = { atMs: 1, placement: 'cloud', model: 'large', reason: 'prefer-cloud' }
    const local: DecisionStep = { atMs: 50, placement: 'local', model: 'small', reason: 'stream-cut' }
    expect(told({ steps: [cloud, local], firstTokenMs: 9, usage })).toBe(
      'cloud → edge  the connection to the cloud was cut in the middle of the answer  20+7 tokens, first 9.0 ms, all 97 ms',
    )
  })

  it('says why a request failed, and that a client went away', () => {
    expect(told({ outcome: 'failed', errorCode: 'link-down' })).toBe(
      'failed        the hub could not be reached  all 97 ms',
    )
    expect(told({ outcome: 'aborted', steps: [draft] })).toBe('stopped       the client went away  all 97 ms')
  })

  it('names the place of an answer without a word', () => {
    const local: DecisionStep = { atMs: 0, placement: 'local', model: 'small', reason: 'only-edge' }
    expect(told({ steps: [local] })).toMatch(/^edge {10}requests must stay at the edge/)
  })
})

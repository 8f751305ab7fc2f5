import type { Decision } from '../../../src/spec/decision.ts'

/** A decision of an answered request, with the given parts. */
export function decisionWith(parts: Partial<Decision>): Decision {
  return {
    requestId: 'chatcmpl-1',
    startedAt: '2026-01-02T03:04:05.000Z',
    keyId: 'key-1',
    conversation: 'c',
    requestedModel: 'auto',
    stream: true,
    plan: undefined,
    steps: [],
    outcome: 'answered',
    totalMs: 97.4,
    sent: { bytes: 0, disclosed: 'nothing', destinations: [] },
    ...parts,
  }
}

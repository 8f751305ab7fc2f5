import { describe, expect, it } from 'vitest'
import { summariseDecision } from '../../../src/edge/telemetry/decision-summary.ts'
import { postTelemetry } from '../../../src/edge/telemetry/telemetry-post.ts'
import type { Decision } from '../../../src/spec/decision.ts'
import type { EdgewiseError } from '../../../src/spec/errors.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

const decision: Decision = {
  requestId: 'chatcmpl-secret-id',
  startedAt: '2026-11-23T01:02:03.456Z',
  keyId: 'key-of-ada',
  conversation: 'conversation-of-ada',
  requestedModel: "ada's model",
  stream: true,
  plan: undefined,
  steps: [
    { atMs: 1.2, placement: 'local', model: 'small', reason: 'prefer-edge' },
    { atMs: 9.9, placement: 'cloud', model: 'large', reason: 'low-confidence' },
  ],
  outcome: 'answered',
  finishReason: 'stop',
  usage: { promptTokens: 7, completionTokens: 3 },
  firstTokenMs: 1.6,
  totalMs: 20.4,
  privacy: { findings: { PERSON: 1 }, actions: {} } as unknown as NonNullable<Decision['privacy']>,
  sent: { bytes: 99, disclosed: 'pseudonyms' as Decision['sent']['disclosed'], destinations: ['https://hub'] },
}

async function open({ rows = 100 } = {}) {
  const clock = createFakeClock()
  const store = await openStore({ path: ':memory:', clock, outbox: { rows, bytes: 2 ** 20, entryBytes: 2 ** 16 } })
  const troubles: EdgewiseError[] = []
  const post = postTelemetry({ outbox: store.outbox, clock, onTrouble: (error) => void troubles.push(error) })
  const counts = async () => {
    const { entries } = await store.outbox.delivery.seal({ kinds: ['telemetry'], limit: 999, bytes: 2 ** 20 })
    return entries.map(({ body }) => (JSON.parse(body) as { readonly decisions: unknown[] }).decisions.length)
  }
  return { clock, store, post, troubles, counts, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() }
}

describe('telemetry', () => {
  it('tells numbers and closed words, and nothing that a caller wrote, chose or is called', () => {
    const summary = summariseDecision(decision)
    expect(summary).toEqual({
      at: 1_795_395_723,
      placement: 'cloud',
      model: 'large',
      moves: 1,
      stream: true,
      outcome: 'answered',
      finishReason: 'stop',
      promptTokens: 7,
      completionTokens: 3,
      firstTokenMs: 2,
      totalMs: 20,
      sentBytes: 99,
    })
    expect(JSON.stringify(summary)).not.toMatch(/ada|secret|hub/)
  })

  it('is queued once a minute, and when a hundred have come together', async () => {
    await using parts = await open()
    const { post, clock } = parts
    for (let count = 0; count < 130; count += 1) post.observe(decision)
    await clock.advance(59_999)
    expect(clock.pendingDelays).toBe(1)
    await clock.advance(1)
    expect(clock.pendingDelays).toBe(0)
    await post[Symbol.asyncDispose]()
    expect(await parts.counts()).toEqual([100, 30])
  })

  it('is queued when the edge ends', async () => {
    await using parts = await open()
    parts.post.observe(decision)
    await parts.post[Symbol.asyncDispose]()
    expect(await parts.counts()).toEqual([1])
  })

  it('is dropped, and told of once, when the outbox has no room for it', async () => {
    await using parts = await open({ rows: 1 })
    for (let count = 0; count < 300; count += 1) parts.post.observe(decision)
    await parts.post[Symbol.asyncDispose]()
    expect([await parts.counts(), parts.troubles.map(({ code }) => code)]).toEqual([[], ['queue-full']])
  })
})

import { expect, it } from 'vitest'
import { EdgewiseError } from '../../../src/spec/errors.ts'
import type { Random } from '../../../src/spec/ports.ts'
import type { StreamPart } from '../../../src/spec/stream-part.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { type MockFault, startMockUpstream } from '../../../src/testing/mock-upstream.ts'
import { sanitised, upstreamAt } from './mock-model.ts'

const chunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'x', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`

/** Pieces of streams, from the usual to the absurd. */
const pieces = [
  chunk({ role: 'assistant', content: '' }),
  chunk({ content: 'Hello' }),
  chunk({ content: '日本😀' }),
  chunk({ content: null }),
  chunk({ content: 7 }),
  chunk({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '{' } }] }),
  chunk({ tool_calls: [{ function: null }, 5, null] }),
  chunk({}, 'stop'),
  chunk({}, 'tool_calls'),
  chunk({}, 'error'),
  'data: [DONE]\n\n',
  'data: {"choices":[]}\n\n',
  'data: {"choices":null,"usage":{"prompt_tokens":1e400}}\n\n',
  'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\r\n\r\n',
  'data: {"error":{"message":"no","code":500}}\n\n',
  'data: {"error":"no"}\n\n',
  'data: {"choices":\ndata: [{"delta":{"content":"two lines"}}]}\n\n',
  `data: ${'['.repeat(20_000)}\n\n`,
  'data: null\n\n',
  'data:\n\n',
  'event: error\ndata: {}\r\r',
  ': comment\n\n',
  'data: {"cho',
  '\uFEFF',
  '\u0000\u0001',
  '<html>',
  '\r',
  '\n\n',
]

/** Mulberry32: the same streams for the same seed. */
function seeded(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

function brokenStream(random: Random): MockFault {
  const below = (limit: number) => Math.floor(random() * limit)
  const text = Array.from({ length: 1 + below(12) }, () => pieces[below(pieces.length)] ?? '').join('')
  const bytes = new TextEncoder().encode(text)
  if (random() < 0.3) bytes[below(bytes.length)] = below(256)
  const writes: Uint8Array[] = []
  for (let start = 0; start < bytes.length; ) {
    const end = start + 1 + below(Math.max(1, bytes.length >> 1))
    writes.push(bytes.subarray(start, end))
    start = end
  }
  const json = random() < 0.05 ? { contentType: 'application/json' } : {}
  return { kind: 'raw', writes, cut: random() < 0.2, stays: random() < 0.1, ...json }
}

it('ends each of 10,000 broken streams in a finish or a typed error', { timeout: 240_000 }, async () => {
  await using mock = await startMockUpstream({ record: false })
  const clock = createFakeClock()
  await using upstream = upstreamAt(mock.baseUrl, {
    clock,
    egressClock: clock,
    firstTokenTimeoutMs: 50,
    interTokenTimeoutMs: 50,
  })
  const outcomes = new Map<string, number>()
  for (let seed = 1; seed <= 10_000; seed += 1) {
    mock.fail(brokenStream(seeded(seed)))
    let isOver = false
    const ending = outcomeOf(upstream.generate(sanitised(), new AbortController().signal)).finally(() => {
      isOver = true
    })
    // Time passes only for a server that has said all it will ever say.
    while (!isOver) {
      await turn()
      if (mock.stalled > 0) await clock.advance(60)
    }
    const outcome = await ending
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  const expected = ['finish', 'stream-cut', 'upstream-failed', 'upstream-timeout']
  expect([...outcomes.keys()].sort()).toEqual(expected)
  // Else the streams would all die of the same thing.
  for (const outcome of expected) expect(outcomes.get(outcome)).toBeGreaterThan(10)
})

/** One turn of the event loop, sockets included. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

async function outcomeOf(answer: AsyncIterable<StreamPart>): Promise<string> {
  const parts: StreamPart[] = []
  try {
    for await (const part of answer) parts.push(part)
  } catch (error) {
    expect(error).toBeInstanceOf(EdgewiseError)
    expect(parts.map(({ type }) => type)).not.toContain('finish')
    return (error as EdgewiseError).code
  }
  expect(parts.filter(({ type }) => type === 'finish')).toHaveLength(1)
  expect(parts.at(-1)?.type).toBe('finish')
  return 'finish'
}

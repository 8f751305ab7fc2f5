import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSse, type SseEvent, sseComment, sseData } from '../../src/openai/sse.ts'

const limits = { maxEventBytes: 1_000_000 }

async function* inPieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const places = [...cuts].sort((left, right) => left - right)
  let start = 0
  for (const end of [...places, bytes.length]) {
    yield bytes.subarray(start, end)
    start = end
  }
}

async function eventsOf(text: string, cuts: readonly number[] = [], maxEventBytes = limits.maxEventBytes) {
  const bytes = new TextEncoder().encode(text)
  const events: SseEvent[] = []
  for await (const event of parseSse(inPieces(bytes, cuts), { maxEventBytes })) events.push(event)
  return events
}

const awkward =
  '\uFEFFdata: {"a":"é😀"}\r\n\r\n: comment\ndata:first\ndata: second\rdata:  third\r\revent: error\nid: 7\nretry: 5\ndata: x\n\n' +
  'data\n\nevent: nothing\n\n:\n\nunknown: field\ndata: 日本\r\n\ndata: [DONE]\n\n'

const awkwardEvents = [
  { data: '{"a":"é😀"}' },
  { data: 'first\nsecond\n third' },
  { event: 'error', data: 'x' },
  { data: '' },
  { data: '日本' },
  { data: '[DONE]' },
]

describe('parseSse', () => {
  it('gives the same events when the stream is split at any one offset', async () => {
    const length = new TextEncoder().encode(awkward).length
    for (let offset = 0; offset <= length; offset += 1) expect(await eventsOf(awkward, [offset])).toEqual(awkwardEvents)
  })

  it('gives the same events when every byte comes alone', async () => {
    const length = new TextEncoder().encode(awkward).length
    expect(await eventsOf(awkward, [...Array(length).keys()])).toEqual(awkwardEvents)
  })

  it('gives back any events that were encoded, with any line ends and any splits', async () => {
    const line = fc.string({ unit: fc.constantFrom('a', ' ', ':', 'é', '😀', '{', '"', 'data', '\uFEFF') })
    const data = fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) => lines.join('\n'))
    const lineEnd = fc.constantFrom('\n', '\r', '\r\n')
    await fc.assert(
      fc.asyncProperty(fc.array(data), lineEnd, fc.array(fc.nat(400)), async (all, end, cuts) => {
        const text = all.map((one) => sseComment() + sseData(one)).join('')
        const wire = text.replaceAll('\n', end)
        const length = new TextEncoder().encode(wire).length
        const inside = cuts.filter((cut) => cut <= length)
        expect(await eventsOf(wire, inside)).toEqual(all.map((one) => ({ data: one })))
      }),
      { numRuns: 300 },
    )
  })

  it('never throws anything but a typed error on arbitrary bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(300)), async (bytes, cuts) => {
        const inside = cuts.filter((cut) => cut <= bytes.length)
        for await (const event of parseSse(inPieces(bytes, inside), limits)) expect(typeof event.data).toBe('string')
      }),
    )
  })

  it('gives a last event without its blank line, or even without its line end', async () => {
    expect(await eventsOf('data: a\n\ndata: [DONE]\n')).toEqual([{ data: 'a' }, { data: '[DONE]' }])
    expect(await eventsOf('data: a\n\ndata: [DONE]')).toEqual([{ data: 'a' }, { data: '[DONE]' }])
  })

  it('ends with upstream-failed at an event over the limit, in one line or in many, without buffering it all', async () => {
    const tooLong = { code: 'upstream-failed', message: expect.stringContaining('100 bytes') }
    await expect(eventsOf(`data: ${'x'.repeat(200)}`, [50, 90, 150], 100)).rejects.toMatchObject(tooLong)
    await expect(eventsOf('data: xxxxxxxxx\n'.repeat(20), [], 100)).rejects.toMatchObject(tooLong)
  })

  it('does not wait for the end of a line that never ends', async () => {
    let pieces = 0
    async function* endless() {
      for (; pieces < 1_000; pieces += 1) yield new Uint8Array(10).fill(0x61)
    }
    const reading = Array.fromAsync(parseSse(endless(), { maxEventBytes: 1_000 }))
    await expect(reading).rejects.toMatchObject({ code: 'upstream-failed' })
    expect(pieces).toBe(100)
  })

  it('takes a byte order mark for one at the very beginning only', async () => {
    expect(await eventsOf('\uFEFFdata: a\n\n\uFEFFdata: b\n\ndata: c\n\n')).toEqual([{ data: 'a' }, { data: 'c' }])
  })

  it('does not count comments and finished events against the limit', async () => {
    const text = ': ping\n'.repeat(50) + sseData('short').repeat(50)
    expect(await eventsOf(text, [], 100)).toHaveLength(50)
  })

  it('ends its source when the reader leaves', async () => {
    let hasEnded = false
    async function* source() {
      try {
        while (true) yield new TextEncoder().encode(sseData('x'))
      } finally {
        hasEnded = true
      }
    }
    for await (const _ of parseSse(source(), limits)) break
    expect(hasEnded).toBe(true)
  })
})

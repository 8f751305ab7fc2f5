import { describe, expect, it } from 'vitest'
import { afterFirstPart } from '../../../src/openai/http/first-part.ts'
import type { StreamPart } from '../../../src/spec/stream-part.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

const words = ['a', 'b'].map((text): StreamPart => ({ type: 'text-delta', text }))

async function* given(parts: readonly (StreamPart | Promise<unknown> | Error)[], onLeave = () => {}) {
  try {
    for (const part of parts) {
      if (part instanceof Error) throw part
      if (part instanceof Promise) await part
      else yield part
    }
  } finally {
    onLeave()
  }
}

async function all(parts: AsyncIterable<StreamPart>): Promise<readonly StreamPart[]> {
  const seen: StreamPart[] = []
  for await (const part of parts) seen.push(part)
  return seen
}

describe('waiting for the first part', () => {
  it('gives every part afterwards, the first one too, and leaves no timer', async () => {
    const clock = createFakeClock()
    expect(await all(await afterFirstPart({ parts: given(words), withinMs: 500, clock }))).toEqual(words)
    expect(clock.pendingDelays).toBe(0)
    expect(await all(await afterFirstPart({ parts: given([]), withinMs: 500, clock }))).toEqual([])
  })

  it('throws what is thrown before it', async () => {
    const waiting = afterFirstPart({ parts: given([new Error('early')]), withinMs: 500, clock: createFakeClock() })
    await expect(waiting).rejects.toThrow('early')
  })

  it('does not wait longer than it should, and leaves a later failure to the reader', async () => {
    const clock = createFakeClock()
    const gate = Promise.withResolvers<void>()
    const waiting = afterFirstPart({ parts: given([gate.promise, new Error('late')]), withinMs: 500, clock })
    await clock.advance(500)
    const parts = await waiting
    gate.resolve()
    await expect(all(parts)).rejects.toThrow('late')
  })

  it('lets go of the parts when the reader leaves', async () => {
    let hasLeft = false
    const source = given(words, () => {
      hasLeft = true
    })
    for await (const _part of await afterFirstPart({ parts: source, withinMs: 500, clock: createFakeClock() })) break
    expect(hasLeft).toBe(true)
  })
})

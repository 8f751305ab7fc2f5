import { describe, expect, it, vi } from 'vitest'
import { tap } from '../../src/edge/tap.ts'
import type { StreamPart } from '../../src/spec/stream-part.ts'
import { read } from '../placements/request.ts'

const a: StreamPart = { type: 'text-delta', text: 'a' }

async function* give(...parts: (StreamPart | Error)[]): AsyncGenerator<StreamPart> {
  for (const part of parts) {
    if (part instanceof Error) throw part
    yield part
  }
}

describe('watching an answer', () => {
  it('tells of the end exactly once, however it comes', async () => {
    const onEnd = vi.fn()
    const onPart = vi.fn()
    await read(tap(give(a, a), { onEnd, onPart }))
    expect(onPart).toHaveBeenCalledTimes(2)
    await read(tap(give(a, new Error('boom')), { onEnd }))
    for await (const _part of tap(give(a, a), { onEnd })) break
    const never = tap(give(a), { onEnd })[Symbol.asyncIterator]()
    await never.return?.()
    await never.return?.()
    expect(onEnd.mock.calls).toEqual([
      [{ left: false }],
      [{ error: expect.objectContaining({ code: 'internal' }), left: false }],
      [{ left: true }],
      [{ left: true }],
    ])
  })
})

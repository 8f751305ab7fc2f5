import { describe, expect, it, vi } from 'vitest'
import { tap } from '../../src/edge/tap.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'
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

  it('goes from the inside out where there are several, each with what the one before made of a failure', async () => {
    const told: string[] = []
    const named = (name: string, mapTo?: string) => ({
      onPart: () => told.push(`${name} part`),
      onEnd: ({ error, left }: { error?: EdgewiseError; left: boolean }) =>
        told.push(`${name} ${error?.message ?? (left ? 'left' : 'done')}`),
      ...(mapTo === undefined ? {} : { mapError: () => new EdgewiseError('internal', mapTo) }),
    })
    await read(tap(tap(give(a), named('inner')), named('outer')))
    for await (const _part of tap(tap(give(a, a), named('inner')), named('outer'))) break
    const failing = tap(tap(give(new EdgewiseError('stream-cut', 'cut')), named('inner', 'mapped')), named('outer'))
    expect(await read(failing)).toMatchObject([{ thrown: { message: 'mapped' } }])
    expect(told).toEqual([
      ...['inner part', 'outer part', 'inner done', 'outer done'],
      ...['inner part', 'outer part', 'inner left', 'outer left'],
      ...['inner cut', 'outer mapped'],
    ])
  })

  it('that throws ends itself and those around it, and leaves the one inside to its consumer', async () => {
    const ends: string[] = []
    const inner = { onEnd: ({ left }: { left: boolean }) => ends.push(left ? 'inner left' : 'inner ended') }
    const outer = { onEnd: () => ends.push('outer ended') }
    const broken = {
      onPart() {
        throw new EdgewiseError('internal', 'a bug')
      },
    }
    const parts = tap(tap(tap(give(a), inner), broken), outer)[Symbol.asyncIterator]()
    await expect(parts.next()).rejects.toThrow('a bug')
    await parts.return?.()
    expect(ends).toEqual(['outer ended', 'inner left'])
  })
})

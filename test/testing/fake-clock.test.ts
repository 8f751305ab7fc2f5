import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../src/testing/fake-clock.ts'

describe('the fake clock', () => {
  it('ends delays in the order of their moments, and shows each its own moment', async () => {
    const clock = createFakeClock({ now: 1_000 })
    const seen: string[] = []
    const note = (name: string) => () => void seen.push(`${name} at ${clock.monotonic()}/${clock.now()}`)
    const late = clock.delay(20).then(note('late'))
    const early = clock.delay(10).then(note('early'))
    const same = clock.delay(10).then(note('same'))
    await clock.advance(19)
    expect(seen).toEqual(['early at 10/1010', 'same at 10/1010'])
    await clock.advance(1)
    expect(seen[2]).toBe('late at 20/1020')
    await Promise.all([late, early, same])
  })

  it('runs a loop of delays as often as real time would', async () => {
    const clock = createFakeClock()
    let turns = 0
    const loop = (async () => {
      for (; turns < 10; turns += 1) await clock.delay(100)
    })()
    await clock.advance(1_000)
    await loop
    expect([turns, clock.pendingDelays]).toEqual([10, 0])
  })

  it('does not end a delay before its moment, and not at all without an advance', async () => {
    const clock = createFakeClock()
    let ended = false
    void clock.delay(0).then(() => {
      ended = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect([ended, clock.pendingDelays]).toEqual([false, 1])
    await clock.advance(0)
    expect(ended).toBe(true)
  })

  it('rejects a delay with the reason of its signal, before and while it waits', async () => {
    const clock = createFakeClock()
    const reason = new Error('enough')
    await expect(clock.delay(5, AbortSignal.abort(reason))).rejects.toBe(reason)
    const abort = new AbortController()
    const waiting = clock.delay(5, abort.signal)
    abort.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    expect(clock.pendingDelays).toBe(0)
  })
})

import { describe, expect, it } from 'vitest'
import type { Clock } from '../../src/spec/ports.ts'
import { SteadyTime } from '../../src/store/steady-time.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'

const day = 86_400_000

/** A clock that somebody sets. */
function setClock() {
  const base = createFakeClock()
  let wrongMs = 0
  const clock: Clock = { ...base, now: () => base.now() + wrongMs }
  return { base, clock, set: (ms: number) => (wrongMs = ms) }
}

describe('steady time', () => {
  it('goes with the clock', async () => {
    const { base, clock } = setClock()
    const time = new SteadyTime({ clock, notBefore: 0 })
    await base.advance(day)
    expect(time.now()).toBe(base.now())
  })

  it.each([
    ['ten years back', -3650 * day],
    ['three hours back', -3 * 3_600_000],
    ['ten years ahead', 3650 * day],
    ['half a second ahead', 500],
  ])('does not follow a clock that is set %s in the middle of a run', async (_name, ms) => {
    const { base, clock, set } = setClock()
    const time = new SteadyTime({ clock, notBefore: 0 })
    set(ms)
    await base.advance(1000)
    expect(time.now()).toBe(base.now())
    set(0)
    expect(time.now()).toBe(base.now())
  })

  it('follows a machine that slept for a night, and does not go back when the clock does', () => {
    const { base, clock, set } = setClock()
    const time = new SteadyTime({ clock, notBefore: 0 })
    set(day / 3)
    expect(time.now()).toBe(base.now() + day / 3)
    set(0)
    expect(time.now()).toBe(base.now() + day / 3)
  })

  it('does not begin before what was reached in an earlier run', async () => {
    const { base, clock } = setClock()
    const reached = base.now() + day
    const time = new SteadyTime({ clock, notBefore: reached })
    await base.advance(1000)
    expect(time.now()).toBe(reached + 1000)
  })
})

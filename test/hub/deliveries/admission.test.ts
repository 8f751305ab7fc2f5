import { describe, expect, it } from 'vitest'
import { Admission } from '../../../src/hub/deliveries/admission.ts'
import { EdgewiseError } from '../../../src/spec/errors.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

/** Seconds to wait; 0 when it was let in. */
function tryOnce(admission: Admission): number {
  try {
    admission.enter()()
    return 0
  } catch (thrown) {
    if (!(thrown instanceof EdgewiseError)) throw thrown
    expect(thrown.code).toBe('rate-limited')
    return thrown.retryAfterSeconds ?? Number.NaN
  }
}

describe('the admission of deliveries', () => {
  it('lets a herd in at its rate, and gives each that is refused a later moment', async () => {
    const clock = createFakeClock()
    const admission = new Admission({ clock, perSecond: 10, concurrency: 99 })
    await clock.advance(5000)
    const waits = Array.from({ length: 111 }, () => tryOnce(admission))
    expect(waits.filter((wait) => wait === 0)).toHaveLength(11)
    const refused = waits.slice(11)
    expect(refused).toEqual(refused.toSorted((a, b) => a - b))
    expect(refused[0]).toBe(2)
    expect(refused.at(-1)).toBe(11)
  })

  it('admits them all in the end when they come at the moments that they were given', async () => {
    const clock = createFakeClock()
    const admission = new Admission({ clock, perSecond: 10, concurrency: 99 })
    let herd = Array.from({ length: 300 }, () => 0)
    for (let second = 0; second < 60 && herd.length > 0; second += 1) {
      const due = herd.filter((at) => at <= second)
      const later = herd.filter((at) => at > second)
      herd = [...later, ...due.map((_) => tryOnce(admission)).flatMap((wait) => (wait === 0 ? [] : [second + wait]))]
      await clock.advance(1000)
    }
    expect(herd).toEqual([])
  })

  it('bounds those at the same time, and gives each place back once', () => {
    const clock = createFakeClock()
    const admission = new Admission({ clock, perSecond: 1000, concurrency: 1 })
    const leave = admission.enter()
    expect(tryOnce(admission)).toBeGreaterThan(0)
    leave()
    leave()
    const again = admission.enter()
    expect(tryOnce(admission)).toBeGreaterThan(0)
    again()
    expect(tryOnce(admission)).toBe(0)
  })
})

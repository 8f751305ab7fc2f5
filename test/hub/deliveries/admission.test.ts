import { describe, expect, it } from 'vitest'
import { Admission } from '../../../src/hub/deliveries/admission.ts'
import { EdgewiseError } from '../../../src/spec/errors.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

let edges = 0
/** An edge that was not here before. */
function anEdge(): string {
  edges += 1
  return `edge ${edges}`
}

/** Seconds to wait; 0 when it was let in. */
function tryOnce(admission: Admission, edge = anEdge()): number {
  try {
    const arrival = admission.arrive(edge)
    try {
      arrival.enter()
    } finally {
      arrival.leave()
    }
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
    const one = admission.arrive('a')
    one.enter()
    expect(tryOnce(admission)).toBeGreaterThan(0)
    one.leave()
    one.leave()
    const again = admission.arrive('a')
    again.enter()
    expect(tryOnce(admission)).toBeGreaterThan(0)
    again.leave()
    expect(tryOnce(admission)).toBe(0)
  })

  it('takes one batch of an edge at a time, and no place for it before it is here', () => {
    const clock = createFakeClock()
    const admission = new Admission({ clock, perSecond: 100, concurrency: 1 })
    const slow = admission.arrive('slow')
    expect(tryOnce(admission, 'slow')).toBe(1)
    expect(tryOnce(admission, 'other')).toBe(0)
    slow.leave()
    expect(tryOnce(admission, 'slow')).toBe(0)
  })

  it('bounds those on their way here', () => {
    const admission = new Admission({ clock: createFakeClock(), perSecond: 1000, concurrency: 2 })
    const arrivals = Array.from({ length: 16 }, () => admission.arrive(anEdge()))
    expect(tryOnce(admission)).toBeGreaterThan(0)
    arrivals[0]?.leave()
    expect(tryOnce(admission)).toBe(0)
  })

  it('gives one edge a part of the rate, however greedy it is', () => {
    const clock = createFakeClock()
    const admission = new Admission({ clock, perSecond: 40, concurrency: 9 })
    const waits = Array.from({ length: 400 }, () => tryOnce(admission, 'greedy'))
    expect(waits.filter((wait) => wait === 0)).toHaveLength(11)
    expect(waits.at(-1)).toBe(1)
    expect(tryOnce(admission, 'other')).toBe(0)
  })

  it('tells an edge that comes too early the same moment again, and takes none of the others for it', () => {
    const admission = new Admission({ clock: createFakeClock(), perSecond: 40, concurrency: 9 })
    const others = Array.from({ length: 41 + 35 }, () => tryOnce(admission))
    expect([others[40], others[41], others.at(-1)]).toEqual([0, 2, 2])
    for (let turn = 0; turn < 11; turn += 1) expect(tryOnce(admission, 'impatient')).toBe(2)
    expect(tryOnce(admission)).toBe(2)
  })
})

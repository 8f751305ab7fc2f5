import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findOutliers, type MemberRecord } from '../../../src/hub/pool/outlier.ts'
import { OutlierEjection } from '../../../src/hub/pool/outlier-ejection.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

function record(name: string, changes: { requests?: number; failures?: number; ms?: number } = {}): MemberRecord {
  const { requests = 20, failures = 0, ms = 200 } = changes
  return { name, requests, failures, firstPartMs: Array.from({ length: requests - failures }, () => ms) }
}

function setUp(records: MemberRecord[], mostShare?: number) {
  const clock = createFakeClock()
  const forgotten: string[] = []
  const members = records.map(({ name }, index) => ({
    name,
    record: () => records[index] ?? record(name),
    forget: () => {
      forgotten.push(name)
    },
  }))
  const ejection = new OutlierEjection({ members, clock, ...(mostShare === undefined ? {} : { mostShare }) })
  return { clock, ejection, forgotten, records }
}

describe('an outlier', () => {
  it('is who fails far more than the median of the others', () => {
    const [first, ...others] = findOutliers([record('a', { failures: 10 }), record('b', { failures: 2 }), record('c')])
    expect([first?.name, others]).toEqual(['a', []])
    expect(first?.because).toBe('it fails 50 % of its requests, the others 5 %')
  })

  it('is who begins far later than the median of the others', () => {
    const [first, ...others] = findOutliers([record('a'), record('b', { ms: 1200 }), record('c', { ms: 250 })])
    expect([first?.name, others]).toEqual(['b', []])
    expect(first?.because).toBe('its first token takes 1200 ms, that of the others 225 ms')
  })

  it.each([
    ['all fail alike', [record('a', { failures: 12 }), record('b', { failures: 12 })]],
    ['a little slower', [record('a', { ms: 500 }), record('b')]],
    ['many times slower, but fast', [record('a', { ms: 60 }), record('b', { ms: 5 })]],
    ['hardly asked', [record('a', { requests: 9, failures: 9 }), record('b')]],
    ['nobody to compare with', [record('a', { failures: 20 }), record('b', { requests: 9 })]],
    ['alone', [record('a', { failures: 20 })]],
  ])('is nobody: %s', (_name, records) => {
    expect(findOutliers(records)).toEqual([])
  })
})

describe('the ejection of outliers', () => {
  it('takes one out for half a minute, each time for longer, and lets it come back without its past', async () => {
    const { ejection, clock, forgotten } = setUp([record('a', { failures: 20 }), record('b')])
    for (const [index, seconds] of [30, 60, 90].entries()) {
      ejection.look()
      expect(ejection.ejected('a')).toMatch(/^it fails 100 %/)
      expect(forgotten).toHaveLength(index + 1)
      await clock.advance(seconds * 1000 - 1)
      expect(ejection.ejected('a')).not.toBe(undefined)
      await clock.advance(1)
      expect(ejection.ejected('a')).toBe(undefined)
    }
    expect(ejection.count).toBe(3)
  })

  it('forgives one past ejection for each good minute', async () => {
    const { ejection, clock, records } = setUp([record('a', { failures: 20 }), record('b')])
    for (const seconds of [30, 60, 90]) {
      ejection.look()
      await clock.advance(seconds * 1000)
    }
    records[0] = record('a')
    ejection.look()
    await clock.advance(180_000)
    records[0] = record('a', { failures: 20 })
    ejection.look()
    expect(ejection.ejectedForMs('a')).toBe(30_000)
  })

  it('takes the worst when not all may go', () => {
    const { ejection } = setUp(
      [record('a', { failures: 9 }), record('b', { failures: 18 }), record('c'), record('d'), record('e')],
      0.2,
    )
    ejection.look()
    expect([ejection.ejected('a'), ejection.ejected('b')]).toEqual([undefined, expect.any(String)])
  })

  it('leaves one inside even when all may go and each is an outlier in its own way', () => {
    const { ejection } = setUp([record('a', { requests: 40, failures: 20 }), record('b', { ms: 5000 })], 1)
    ejection.look()
    expect([ejection.ejected('a'), ejection.ejected('b')]).toEqual([expect.any(String), undefined])
  })

  it('looks once a second at most', async () => {
    const { ejection, clock, records } = setUp([record('a'), record('b')])
    ejection.look()
    records[0] = record('a', { failures: 20 })
    await clock.advance(999)
    ejection.look()
    expect(ejection.ejected('a')).toBe(undefined)
    await clock.advance(1)
    ejection.look()
    expect(ejection.ejected('a')).not.toBe(undefined)
  })

  it('never takes out more than its share, nor the last one, whatever the records', async () => {
    const one = fc.record({
      requests: fc.integer({ min: 0, max: 40 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      ms: fc.integer({ min: 1, max: 20_000 }),
    })
    const round = fc.record({ all: fc.array(one, { minLength: 8, maxLength: 8 }), waitMs: fc.nat({ max: 90_000 }) })
    const size = fc.integer({ min: 1, max: 8 })
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    const holds = fc.asyncProperty(
      size,
      share,
      fc.array(round, { maxLength: 20 }),
      async (count, mostShare, rounds) => {
        const names = Array.from({ length: count }, (_, index) => `m${index}`)
        const { ejection, clock, records } = setUp(
          names.map((name) => record(name)),
          mostShare,
        )
        for (const { all, waitMs } of rounds) {
          for (const [index, name] of names.entries()) {
            const { requests = 0, share: failing = 0, ms = 1 } = all[index] ?? {}
            records[index] = record(name, { requests, failures: Math.floor(requests * failing), ms })
          }
          ejection.look()
          const out = names.filter((name) => ejection.ejected(name) !== undefined).length
          expect(out).toBeLessThanOrEqual(Math.max(1, Math.floor(count * mostShare)))
          expect(out).toBeLessThan(count)
          await clock.advance(waitMs)
        }
      },
    )
    await fc.assert(holds, { numRuns: 100 })
  })
})

import { expect, it } from 'vitest'
import { SlidingMedian } from '../../src/link/sliding-median.ts'

it('gives the median of the latest samples, between two when their number is even', () => {
  const window = new SlidingMedian({ size: 3, maxAgeMs: 1_000 })
  expect(window.median(0)).toBeUndefined()
  window.add(9, 0)
  window.add(1, 1)
  expect(window.median(1)).toBe(5)
  window.add(2, 2)
  expect(window.median(2)).toBe(2)
  window.add(3, 3)
  expect(window.median(3)).toBe(2)
})

it('leaves out what is too old, but never the last sample', () => {
  const window = new SlidingMedian({ size: 9, maxAgeMs: 100 })
  window.add(500, 0)
  window.add(10, 90)
  expect(window.median(100)).toBe(255)
  expect(window.median(101)).toBe(10)
  expect(window.median(10_000)).toBe(10)
})

it('ignores what is no finite number', () => {
  const window = new SlidingMedian({ size: 9, maxAgeMs: 100 })
  window.add(Number.POSITIVE_INFINITY, 0)
  window.add(Number.NaN, 0)
  expect(window.median(0)).toBeUndefined()
})

import { expect, it } from 'vitest'
import { dayOf, endOfPeriod } from '../../../src/hub/money/period.ts'

it('days and months are those of UTC, over the ends of months and years', () => {
  const late = Date.UTC(2026, 11, 31, 23, 59, 59, 999)
  expect(dayOf(late)).toBe('2026-12-31')
  expect(endOfPeriod(late, 'day')).toBe(Date.UTC(2027, 0, 1))
  expect(endOfPeriod(late, 'month')).toBe(Date.UTC(2027, 0, 1))
  expect(endOfPeriod(Date.UTC(2028, 1, 28), 'day')).toBe(Date.UTC(2028, 1, 29))
  expect(endOfPeriod(Date.UTC(2026, 0, 5), 'month')).toBe(Date.UTC(2026, 1, 1))
})

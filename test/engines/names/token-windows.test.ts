import { expect, it } from 'vitest'
import { tokenWindows } from '../../../src/engines/names/token-windows.ts'

it('tags every token once, with all that it depends on in sight', () => {
  for (const receptiveField of [0, 1, 32]) {
    for (const tokens of [1, 66, 100, 1024]) {
      for (const count of [0, 1, 65, 66, 67, 99, 100, 101, 500, 5000]) {
        let next = 0
        for (const { from, to, start, end } of tokenWindows(count, { tokens, receptiveField })) {
          expect(start).toBe(next)
          expect(end).toBeGreaterThan(start)
          expect(from === 0 || from < start - receptiveField).toBe(true)
          expect(to === count || to > end + receptiveField).toBe(true)
          if (tokens > 4 * receptiveField + 4) expect(to - from).toBeLessThanOrEqual(tokens)
          next = end
        }
        expect(next).toBe(count)
      }
    }
  }
})

it('reads a text that fits in one window whole', () => {
  expect(tokenWindows(1024, { tokens: 1024, receptiveField: 32 })).toEqual([{ from: 0, to: 1024, start: 0, end: 1024 }])
})

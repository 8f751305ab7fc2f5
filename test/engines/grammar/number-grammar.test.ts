import { describe, expect, it } from 'vitest'
import { integerGrammar, numberGrammar } from '../../../src/engines/grammar/number-grammar.ts'
import { allowed } from './followed.ts'

const isAny = () => false

describe('a range of integers', () => {
  it.each([
    [-120, 35],
    [0, 0],
    [-7, -7],
    [9, 10],
    [99, 1005],
    [-1001, -98],
    [-3, 1000],
  ])('from %i to %i has all of them, and no other', (lowest, highest) => {
    const grammar = integerGrammar({
      lowest: { value: lowest, isOpen: false },
      highest: { value: highest, isOpen: false },
    })
    const isIn = grammar === undefined ? isAny : allowed(grammar)
    for (let value = lowest - 1200; value <= highest + 1200; value++) {
      if (isIn(String(value)) !== (lowest <= value && value <= highest)) throw new Error(`${value}`)
    }
    for (const text of ['', '-', '00', '01', '-01', '1.0', '1e1', '+1']) expect(isIn(text)).toBe(false)
  })

  it('is empty when nothing lies between its bounds', () => {
    const [lowest, highest] = [5, 6].map((value) => ({ value, isOpen: true }))
    expect(integerGrammar({ lowest, highest })).toBe(undefined)
  })

  it('without a bound goes as far as a double counts exactly', () => {
    const grammar = integerGrammar({ lowest: { value: 1, isOpen: true } })
    const isIn = grammar === undefined ? isAny : allowed(grammar)
    expect(['1', '2', '999999999999999', '1000000000000000', '-2'].map(isIn)).toEqual([false, true, true, false, false])
  })
})

describe('a range of numbers', () => {
  const bounds = [-12, -1, 0, 1, 3, 12].flatMap((value) => [true, false].map((isOpen) => ({ value, isOpen })))
  const texts = [-13, -12, -11, -2, -1, 0, 1, 2, 3, 4, 11, 12, 13].flatMap((whole) =>
    ['', '.0', '.5', '.000001', '.999999'].flatMap((fraction) => [`${whole}${fraction}`, `-0${fraction}`]),
  )

  it('has only numbers between its bounds, and those with few digits', () => {
    for (const lowest of bounds) {
      for (const highest of bounds) {
        const grammar = numberGrammar({ lowest, highest })
        const isIn = grammar === undefined ? isAny : allowed(grammar)
        for (const text of texts) {
          const value = Number(text)
          const isAbove = lowest.isOpen ? value > lowest.value : value >= lowest.value
          const isBelow = highest.isOpen ? value < highest.value : value <= highest.value
          // Zero needs no sign.
          if (isIn(text) !== (isAbove && isBelow) && !Object.is(value, -0))
            throw new Error(`${text} in ${JSON.stringify({ lowest, highest })}`)
        }
      }
    }
  })
})

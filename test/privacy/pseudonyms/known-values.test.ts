import { expect, it } from 'vitest'
import { KnownValues } from '../../../src/privacy/pseudonyms/known-values.ts'

function foundIn(text: string, values: readonly string[]): readonly string[] {
  const known = new KnownValues()
  for (const value of values) known.add(value, 'CUSTOM')
  return known.findIn(text).map(({ start, end }) => text.slice(start, end))
}

const alike = Array.from({ length: 40 }, (_, index) => `ada.x${index}@ex.org`)

it('finds values that begin alike, the longest that stands there, as whole words and in any case where that is safe', () => {
  const values = [...alike, 'ada.x1', 'Ada', '(Ada) 7', '王小明', '王小']
  expect(foundIn('x ADA.X12@ex.org, ada.x1@ex.organ ada.x1, Ada ada (ada) 7; 王小明明', values)).toEqual([
    'ADA.X12@ex.org',
    'ada.x1',
    'ada.x1',
    'Ada',
    '(ada) 7',
    '王小明',
  ])
})

it('tells apart words that differ in their case alone, however many there are', () => {
  const cases = Array.from({ length: 16 }, (_, bits) =>
    [...'john'].map((letter, at) => ((bits >> at) & 1 ? letter.toUpperCase() : letter)).join(''),
  )
  const [last = '', ...others] = cases.toReversed()
  expect(foundIn(`${last} ${others.join(' ')}`, others)).toEqual(others)
})

it('needs about twice as long for twice as many values that begin alike', () => {
  const cpuMs = (count: number): number => {
    const values = Array.from({ length: count }, (_, index) => `ada.x${index}@ex.org`)
    const before = process.cpuUsage()
    expect(foundIn(values.join('\n'), values)).toHaveLength(count)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  }
  cpuMs(2000)
  // Quadratic work would make it sixty-four times.
  expect(cpuMs(16_000)).toBeLessThan(24 * cpuMs(2000))
})

it('gives up where values are written to be compared for ever', () => {
  const value = `${'a '.repeat(3000)}x`
  expect(() =>
    foundIn('a '.repeat(20_000), [value, ...alike, ...alike.map((one) => `a ${'a '.repeat(900)}${one}`)]),
  ).toThrow(RangeError)
})

import { expect, it } from 'vitest'
import { nearestWord } from '../../src/cli/nearest-word.ts'

it.each([
  ['prot', 'port'],
  ['Port', 'port'],
  ['hots', 'host'],
  ['alliases', 'aliases'],
  ['treshold', 'threshold'],
])('finds that %s means %s', (typed, meant) => {
  expect(nearestWord(typed, ['host', 'port', 'aliases', 'threshold'])).toBe(meant)
})

it('proposes nothing for a word that is like none', () => {
  expect(nearestWord('banana', ['host', 'port'])).toBeUndefined()
  expect(nearestWord('x', [])).toBeUndefined()
})

import { expect, it } from 'vitest'
import { doubtfulNames } from '../../src/privacy/doubtful-names.ts'

function isDoubtful(text: string, name: string): boolean {
  const start = text.indexOf(name)
  return doubtfulNames(text)({ start, end: start + name.length })
}

it.each([
  ['Dear Ada Lovelace, your order is here', 'Ada Lovelace'],
  ['my name is ada lovelace, hello', 'ada lovelace'],
  ['Sean McDonald and Ana DeVito met LaToya', 'McDonald'],
  ['Sean McDonald and Ana DeVito met LaToya', 'DeVito'],
  ['Sean McDonald and Ana DeVito met LaToya', 'LaToya'],
  ['Tim O’Brien came', 'O’Brien'],
  ['会后徐义恭补充道 OK', '徐义恭'],
  ['Will Smith will come', 'Will Smith'],
  ['DR. JAMES MILLER', 'JAMES MILLER'],
])('has no doubt about names as people write them: %s', (text, name) => {
  expect(isDoubtful(text, name)).toBe(false)
})

it.each([
  ['The method is called. See ada lovelace', 'method'],
  ['the parameter ErrorAccent sets the colour', 'ErrorAccent'],
  ['The **Role** parameter of a task', 'Role'],
  ['Method: a method of the class', 'Method'],
  ['12 13 Of it', '12 13'],
])('doubts what looks like a word or an identifier: %s', (text, name) => {
  expect(isDoubtful(text, name)).toBe(true)
})

it('looks for capitals near a name only, and reads a long text once', () => {
  const text = `Title\n${'x'.repeat(300)} ada lovelace`
  expect(isDoubtful(text, 'ada lovelace')).toBe(false)
  const names = doubtfulNames('Ada met ada. '.repeat(20_000))
  const doubted = Array.from({ length: 20_000 }, (_, index) => names({ start: index * 13, end: index * 13 + 3 }))
  expect(doubted.every((isOne) => isOne)).toBe(true)
})

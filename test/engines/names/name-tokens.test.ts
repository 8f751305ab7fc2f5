import { describe, expect, it } from 'vitest'
import { nameTokens } from '../../../src/engines/names/name-tokens.ts'
import golden from './features.golden.json' with { type: 'json' }

const wordsOf = (text: string) => nameTokens(text).map(({ start, end }) => text.slice(start, end))

describe('nameTokens', () => {
  it.each(golden)('cuts as the training does: $text', ({ text, tokens }) => {
    expect(nameTokens(text).map(({ start, end }) => [start, end])).toEqual(tokens)
  })

  it('keeps words whole, takes Chinese characters, signs and line breaks one by one, and leaves white space out', () => {
    expect(wordsOf("Ana's 12,5\n北京 x\u0301y\t王A")).toEqual([
      'Ana',
      "'",
      's',
      '12',
      ',',
      '5',
      '\n',
      '北',
      '京',
      'x\u0301y',
      '王',
      'A',
    ])
  })

  it('never splits a surrogate pair, and takes lone halves as they come', () => {
    expect(nameTokens('a\ud83d\ude00\ud800b')).toEqual([
      { start: 0, end: 1 },
      { start: 1, end: 3 },
      { start: 3, end: 4 },
      { start: 4, end: 5 },
    ])
  })
})

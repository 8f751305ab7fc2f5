import { describe, expect, it } from 'vitest'
import { readDocument } from '../../../src/privacy/guard/document.ts'
import { generalise } from '../../../src/privacy/guard/generalise.ts'
import { entities } from '../../../src/privacy/recognizers/recognizer.ts'
import { usualActions } from '../../../src/spec/privacy-policy.ts'

/** Replaces every place of a word in the reading. */
function replaced(text: string, word: string, by: string, mustParse = false): string {
  const document = readDocument(text, { mustParse })
  const edits = [...document.reading.matchAll(new RegExp(word, 'g'))].flatMap(({ index }) =>
    document.editable({ start: index, end: index + word.length }).map(({ start, end }) => ({ start, end, text: by })),
  )
  return document.rewrite(edits)
}

describe('a JSON document', () => {
  it('is read by keys and values and rewritten without touching the rest', () => {
    const text = '{ "name" :\t"J\\u00fcrgen \\"J\\"",\n"Jürgen": ["x", "Jürgen"], "n": -1.5e3, "t": true, "e": {} }'
    expect(readDocument(text, { mustParse: false }).reading).toBe(
      'name: Jürgen "J"\nJürgen: x\nJürgen\nn: -1.5e3\nt: e: ',
    )
    expect(replaced(text, 'Jürgen', '[P]')).toBe(
      '{ "name" :\t"[P] \\"J\\"",\n"[P]": ["x", "[P]"], "n": -1.5e3, "t": true, "e": {} }',
    )
  })

  it('keeps its numbers numbers where it has to parse', () => {
    expect(replaced('{"tel":4155551234}', '4155551234', '[PHONE_1]')).toBe('{"tel":[PHONE_1]}')
    expect(replaced('{"tel":4155551234}', '4155551234', '[PHONE_1]', true)).toBe('{"tel":"[PHONE_1]"}')
  })

  it('tells where in the reading something written stands', () => {
    const text = '{"a":"one two","b":"t\\u0077o three","c":12}'
    const { reading, written } = readDocument(text, { mustParse: false })
    const located = (part: string) => {
      const start = text.indexOf(part)
      return (written?.locate({ start, end: start + part.length }) ?? []).map(({ start: from, end }) =>
        reading.slice(from, end),
      )
    }
    expect(located('two')).toEqual(['two'])
    expect(located('three')).toEqual([])
    expect(located('t\\u0077o three')).toEqual(['two three'])
    expect(located('"b":"t\\u0077o three","c":12')).toEqual(['b', 'two three', 'c', '12'])
    expect(located('{')).toEqual([])
  })

  it('is prose when it does not parse', () => {
    for (const text of ['{"a":', '[PERSON_1]', '{a}', '"Ada"', ''])
      expect(readDocument(text, { mustParse: true }).reading).toBe(text)
  })
})

describe('what is generalised', () => {
  it('tells the year of a date, the decade of an age and the region of a ZIP code', () => {
    expect(['1985-12-10', 'March 3, 2021', '3/4/85', 'next Friday'].map((value) => generalise('DATE', value))).toEqual([
      '1985',
      '2021',
      '[DATE]',
      '[DATE]',
    ])
    expect(['34', '92-year-old', '101', 'ninety'].map((value) => generalise('AGE', value))).toEqual([
      '30 to 39',
      '90 or more-year-old',
      '90 or more',
      '[AGE]',
    ])
    expect(generalise('ADDRESS', '1 Main St, Springfield 94110-1234')).toBe('[ADDRESS] 941**')
    expect(generalise('LOCATION', '03601')).toBe('[PLACE] 000**')
    expect(generalise('PERSON', 'Ada')).toBe('[PERSON]')
  })
})

describe('the usual actions', () => {
  it('name every kind of data that the recognizers know, and no other', () => {
    expect(Object.keys(usualActions).sort()).toEqual([...entities].sort())
  })
})

import { describe, expect, it } from 'vitest'
import { createSeededRandom } from '../../../src/engines/generation/seeded-random.ts'
import { patternGrammar } from '../../../src/engines/grammar/pattern-grammar.ts'
import { stringFormats } from '../../../src/engines/grammar/string-formats.ts'
import { allowed } from './followed.ts'

const refuse = (message: string): never => {
  throw new Error(message)
}
const matching = (pattern: string) => allowed(patternGrammar(pattern, refuse))

describe('a pattern', () => {
  it('allows the JSON strings that a regular expression finds a match in: 600 random ones', () => {
    const random = createSeededRandom(9)
    const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
    const atoms = [
      'a',
      'b',
      '.',
      '[ab]',
      '[^a]',
      '\\d',
      '\\W',
      '\\s',
      '\\S',
      '[é-ü]',
      '"',
      '\\\\',
      '/',
      '[\\d"-]',
      '\\u{1F600}',
      '\\n',
      '(?:ab|a)',
      '(b|)',
    ]
    const quantifiers = ['', '', '', '?', '*', '+', '{2}', '{1,2}', '{0}', '{1,}', '*?']
    const letters = ['a', 'b', '1', 'é', '"', '\\', '/', ' ', '\n', '-', '😀', '\u2028', '名']
    const texts = Array.from({ length: 80 }, () =>
      Array.from({ length: Math.floor(random() * 5) }, () => one(letters)).join(''),
    )
    for (let round = 0; round < 600; round++) {
      const sequence = () =>
        Array.from({ length: Math.floor(random() * 4) }, () => one(atoms) + one(quantifiers)).join('')
      const pattern = Array.from({ length: one([1, 1, 2]) }, () => one(['', '^']) + sequence() + one(['', '$'])).join(
        '|',
      )
      const expression = new RegExp(pattern, 'u')
      const isIn = matching(pattern)
      for (const text of texts) {
        if (isIn(JSON.stringify(text)) !== expression.test(text))
          throw new Error(`${pattern} on ${JSON.stringify(text)}`)
      }
    }
  })

  it.each([
    ['(?=a)b', /look-around/],
    ['a(?!b)', /look-around/],
    ['\\bword', /\\b in a pattern/],
    ['(a)\\1', /\\1 in a pattern/],
    ['\\p{L}', /\\p in a pattern/],
    ['(a', /not closed/],
    ['a)', /character 1/],
    ['*a', /character 0/],
    ['a^b', /anchor/],
    ['(^a)', /anchor/],
    ['[b-a]', /range/],
    ['[a', /not closed/],
    ['a{2,1}', /wrong order/],
    ['(a{30}){30}', /more than 512 times/],
    [`${'('.repeat(20)}a${')'.repeat(20)}`, /nested deeper/],
    ['x'.repeat(600), /too long/],
    ['\\u0000', /no JSON string/],
    ['a\\', /ends in a backslash/],
  ])('%s is refused with the reason', (pattern, reason) => {
    expect(() => patternGrammar(pattern, refuse)).toThrow(reason)
  })
})

describe('a format', () => {
  it.each([
    ['date', ['2026-11-22', '2025-02-28'], ['2026-02-30', '2026-13-01', '26-1-1']],
    ['time', ['12:00:00Z', '23:59:59.5+01:00'], ['24:00:00Z', '12:00:00']],
    ['date-time', ['2026-11-22T12:00:00Z'], ['2026-11-22 12:00:00Z', '2026-11-22']],
    ['duration', ['P1D', 'PT5M', 'P1Y2M3DT4H', 'P2W'], ['P', 'PT', '1D', 'P1H']],
    ['email', ['a.b+c@example.org'], ['a@', '@b', 'a b@c', 'a..b@c']],
    ['hostname', ['example.org', 'a-b.c'], ['-a.b', 'a..b', '']],
    ['ipv4', ['10.0.255.1'], ['256.1.1.1', '1.2.3', '01.2.3.4']],
    ['uuid', ['01234567-89ab-cdef-0123-456789abcdef'], ['01234567-89ab-cdef-0123-456789abcde']],
    ['uri', ['https://example.org/a?b=c'], ['ftp://x', 'example.org', 'http://a b']],
  ])('%s allows what is one, and nothing else', (format, right, wrong) => {
    const isIn = matching(stringFormats.get(format) ?? '')
    for (const text of right) expect([text, isIn(JSON.stringify(text))]).toEqual([text, true])
    for (const text of wrong) expect([text, isIn(JSON.stringify(text))]).toEqual([text, false])
  })
})

import { describe, expect, it } from 'vitest'
import { createDetector } from '../../../../src/privacy/detector.ts'
import { foldTypography } from '../../../../src/privacy/recognizers/scan/fold-typography.ts'
import { visibleText } from '../../../../src/privacy/recognizers/scan/visible-text.ts'

const detector = createDetector()
const found = (text: string) =>
  detector.detect(text).map(({ entity, start, end }) => `${entity} ${text.slice(start, end)}`)

const samples = {
  CREDIT_CARD: ['my card is ', '4111 1111 1111 1111'],
  NATIONAL_ID: ['SSN: ', '536-22-1234'],
  IBAN_CODE: ['IBAN ', 'DE89 3704 0044 0532 0130 00'],
  PHONE_NUMBER: ['phone ', '+1 415-555-2671'],
  MEDICAL_RECORD: ['MRN: ', '48-39-217'],
  EMAIL_ADDRESS: ['mail ', 'ada.lovelace@example.org'],
} as const

const blanks = ['\u00a0', '\u2009', '\u202f', '\u3000']
const dashes = ['\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2015', '\u2212', '\ufe63', '\uff0d']
const invisible =
  '\u00ad\u200b\u200d\u200f\u202a\u202e\u2060\u2066\u2069\u061c\u034f\u115f\u1160\u3164\u180e\ufe00\ufe0f\ufeff'
const wide = (text: string) =>
  text.replace(/[\dA-Za-z@+-]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0))
const arabic = (text: string) => text.replace(/\d/g, (digit) => String.fromCharCode(0x660 + Number(digit)))
const written = (of: string): readonly string[] => [
  ...blanks.map((blank) => of.replaceAll(' ', blank)),
  ...dashes.map((dash) => of.replaceAll(/[ -]/g, dash)),
  ...[...invisible, '\u{e0041}', '\u{e0100}'].map((hidden) =>
    of.replace(/^(.{3})(.*)(.{3})$/u, `$1${hidden}$2${hidden}$3`),
  ),
  wide(of),
  arabic(of),
]

describe('what is written with other blanks, dashes and digits', () => {
  it.each(Object.entries(samples))('is found as %s in each of them, whole', (entity, [label, value]) => {
    expect(found(`${label}${value}.`)).toEqual([`${entity} ${value}`])
    for (const other of written(value)) {
      const text = `Ünï: ${label}${other}.`
      expect(found(text), `${entity} as ${JSON.stringify(other)}`).toEqual([`${entity} ${other}`])
    }
  })

  it.each([
    ['CREDIT_CARD', 'my card is ', '4111\t1111\t1111\t1111'],
    ['CREDIT_CARD', 'my card is ', '4111  1111  1111  1111'],
    ['CREDIT_CARD', 'my card is ', '3782  822463  10005'],
    ['CREDIT_CARD', 'my card is ', '4111\u00a0 1111\u00a0 1111\u00a0 1111'],
    ['NATIONAL_ID', 'SSN: ', '536\t22\t1234'],
    ['NATIONAL_ID', 'SSN: ', '536  22  1234'],
    ['IBAN_CODE', 'IBAN ', 'DE89  3704  0044  0532  0130  00'],
    ['IBAN_CODE', 'IBAN ', 'DE89\t3704\t0044\t0532\t0130\t00'],
  ])('is found as %s behind %s with wide gaps: %j', (entity, label, value) => {
    expect(found(`${label}${value}`)).toEqual([`${entity} ${value}`])
  })

  it('stays as long as it was, and ends sentences where it did', () => {
    const text = '１２\u00a0\u2014\u2009٣४＠ｅ，見！'
    expect(foldTypography(text)).toBe('12 - 34@e，見！')
    expect(foldTypography('ASCII - 12')).toBe('ASCII - 12')
    const every = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).join('')
    expect(foldTypography(every)).toHaveLength(every.length)
    for (const digit of every.match(/\p{Nd}/gu) ?? []) expect(foldTypography(digit)).toMatch(/^\d$/)
  })

  it('has a place in the whole text for every stretch of the visible one', () => {
    const seen = visibleText('a\u200bb\u{e0041}c\ufeff')
    expect(seen?.text).toBe('abc')
    expect(seen?.placeOf({ start: 0, end: 3 })).toEqual({ start: 0, end: 6 })
    expect(seen?.placeOf({ start: 1, end: 2 })).toEqual({ start: 2, end: 3 })
    expect(visibleText('abc')).toBeUndefined()
  })
})

describe('an e-mail address', () => {
  it.each([
    'praxis@müller-arzt.de',
    'иван.петров@example.ru',
    'иван@пример.рф',
    '王伟@example.cn',
    'ada@例子.公司',
    'nguyễn@example.vn',
    'bjo\u0308rn@example.org',
    'ada@x.xn--p1ai',
    'o\u2019hara@example.org',
    '"ada lovelace"@example.org',
    `${'x'.repeat(70)}@example.org`,
    'ada@example.coöp',
    'ada＠example．org',
  ])('is found whole: %s', (address) => {
    expect(found(`Please write to ${address}, today.`)).toContain(`EMAIL_ADDRESS ${address}`)
  })

  it('ends where a sentence without blanks goes on', () => {
    expect(found('请写信给ada@example.org联系')).toEqual(['EMAIL_ADDRESS ada@example.org'])
  })
})

import { describe, expect, it } from 'vitest'
import { PseudonymBook } from '../../../src/privacy/pseudonyms/pseudonym-book.ts'
import { longestToken, tokenOf, tokensIn } from '../../../src/privacy/pseudonyms/token.ts'

const person = (book: PseudonymBook, ...names: string[]) => names.map((name) => book.tokenFor('PERSON', name))

describe('the pseudonyms of a conversation', () => {
  it('number the forms of one name as one person', () => {
    expect(
      person(
        new PseudonymBook(),
        'Ada Lovelace',
        'Lovelace',
        'Ada',
        'ADA LOVELACE',
        'Dr. Ada Lovelace',
        'Ada Lovelace',
      ),
    ).toEqual(['[PERSON_1]', '[PERSON_1_LAST]', '[PERSON_1_FIRST]', '[PERSON_1_B]', '[PERSON_1_C]', '[PERSON_1]'])
    expect(person(new PseudonymBook(), 'Lovelace', 'Ada Lovelace', 'Ada')).toEqual([
      '[PERSON_1]',
      '[PERSON_1_FULL]',
      '[PERSON_1_FIRST]',
    ])
    expect(person(new PseudonymBook(), '王小明', '小明', '李小明')).toEqual([
      '[PERSON_1]',
      '[PERSON_1_B]',
      '[PERSON_2]',
    ])
  })

  it('do not join two persons, nor give one name that fits both to either', () => {
    expect(person(new PseudonymBook(), 'Ada King', 'Bob King', 'King', 'Ada', 'Carol')).toEqual([
      '[PERSON_1]',
      '[PERSON_2]',
      '[PERSON_3]',
      '[PERSON_1_FIRST]',
      '[PERSON_4]',
    ])
  })

  it('are the same after they were kept', () => {
    const book = new PseudonymBook()
    person(book, 'Ada Lovelace', 'Lovelace')
    book.tokenFor('EMAIL_ADDRESS', 'ada@example.org')
    const again = new PseudonymBook(JSON.parse(JSON.stringify(book.entries)))
    expect(person(again, 'Lovelace', 'Ada', 'Bob')).toEqual(['[PERSON_1_LAST]', '[PERSON_1_FIRST]', '[PERSON_2]'])
    expect(again.tokenFor('EMAIL_ADDRESS', 'bob@example.org')).toBe('[EMAIL_2]')
    expect(again.valueOf('[EMAIL_1]')).toBe('ada@example.org')
  })

  it('never stand for two values, whatever text looks like one', () => {
    const book = new PseudonymBook()
    const literal = (text: string) => tokensIn(text).map((token) => book.tokenForLiteral(token))
    expect(literal('[PERSON_1] [PERSON_1_LAST] [EMAIL_2] [NOBODY_1] [PERSON_01]')).toEqual([
      '[PERSON_1]',
      '[PERSON_1_LAST]',
      '[EMAIL_2]',
    ])
    expect(person(book, 'Ada Lovelace', 'Lovelace')).toEqual(['[PERSON_2]', '[PERSON_2_LAST]'])
    expect(['a@x.org', 'b@x.org'].map((value) => book.tokenFor('EMAIL_ADDRESS', value))).toEqual([
      '[EMAIL_1]',
      '[EMAIL_3]',
    ])
    expect(literal('[PERSON_2]')).toEqual(['[PERSON_3]'])
    expect(literal('[PERSON_2]')).toEqual(['[PERSON_3]'])
    const values = book.entries.map(([, token]) => book.valueOf(token))
    expect(values).toEqual(book.entries.map(([value]) => value))
  })

  it('are found again by whole words, names by their parts, everyday words not', () => {
    const book = new PseudonymBook()
    person(book, 'Ada Lovelace', 'Will Young', '王小明')
    book.tokenFor('PHONE_NUMBER', '+1 415 555-1234')
    const found = (text: string) => book.known.findIn(text).map(({ start, end }) => text.slice(start, end))
    expect(found('Ada, Ada Lovelace’s; Lovelaces Adam adaLovelace')).toEqual(['Ada', 'Ada Lovelace'])
    expect(found('Will you? Young people, Will Young!')).toEqual(['Will Young'])
    expect(found('患者王小明今天 A王小明')).toEqual(['王小明', '王小明'])
    expect(found('call +1 415 555-1234, not +1 415 555-12345')).toEqual(['+1 415 555-1234'])
    expect(found('ADA LOVELACE, ada lovelace, but ada and ADA')).toEqual(['ADA LOVELACE', 'ada lovelace'])
  })

  it('are no longer than a stream expects', () => {
    expect(tokenOf('ACCESSION', 999_999_999, 'ABCDEFGH').length).toBeLessThanOrEqual(longestToken)
  })
})

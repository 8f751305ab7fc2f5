import { expect, it } from 'vitest'
import { PseudonymBook } from '../../../src/privacy/pseudonyms/pseudonym-book.ts'

function tokensOf(...names: readonly string[]): readonly string[] {
  const book = new PseudonymBook()
  return names.map((name) => book.tokenFor('PERSON', name))
}

it('finds a person by any part of the name in order, and by longer forms of it', () => {
  expect(tokensOf('Ada Maria King', 'Ada King', 'Maria King', 'King Ada', 'Dr. Ada Maria Augusta King')).toEqual([
    '[PERSON_1]',
    '[PERSON_1_B]',
    '[PERSON_1_C]',
    '[PERSON_2]',
    '[PERSON_1_FULL]',
  ])
  expect(tokensOf('小明', '欧阳小明', '阳小明')).toEqual(['[PERSON_1]', '[PERSON_1_B]', '[PERSON_1_C]'])
})

it('needs about as much longer as there are more names, whatever they share', () => {
  const cpuMs = (count: number): number => {
    const names = Array.from({ length: count }, (_, index) => `Ada ${'bcdefghijk'[index % 10]}${index}x Lovelace`)
    const book = new PseudonymBook()
    const before = process.cpuUsage()
    for (const name of names) book.tokenFor('PERSON', name)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  }
  cpuMs(1000)
  // Quadratic work would make it 256 times.
  expect(cpuMs(16_000)).toBeLessThan(60 * cpuMs(1000))
})

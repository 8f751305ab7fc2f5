import { expect, it } from 'vitest'
import { compare } from '../../../src/bench/privacy/compare.ts'
import { falseFindings } from '../../../src/bench/privacy/false-findings.ts'
import { qualityFigures } from '../../../src/bench/privacy/quality-figures.ts'
import { type ClassSpan, ofClass, score } from '../../../src/bench/privacy/score.ts'
import { createDetector } from '../../../src/privacy/detector.ts'

const span = (start: number, end: number, entity: ClassSpan['entity'] = 'PERSON'): ClassSpan => ({ start, end, entity })
const strictAware = { borders: 'strict', isClassAware: true } as const
const overlapAware = { borders: 'overlap', isClassAware: true } as const
const overlapBlind = { borders: 'overlap', isClassAware: false } as const

it('counts the same borders and class when strict and class-aware', () => {
  const comparison = { marked: [span(0, 4), span(10, 14)], found: [span(0, 4), span(10, 15)], ignored: [] }
  expect(score([comparison], strictAware)).toMatchObject({ marked: 2, found: 2, precision: 0.5, recall: 0.5, f1: 0.5 })
})

it('counts a stretch as found by overlap when findings cover half of it, in one piece or several', () => {
  const half = { marked: [span(0, 10)], found: [span(0, 2), span(4, 7)], ignored: [] }
  expect(score([half], overlapAware)).toMatchObject({ recall: 1, precision: 1 })
  const less = { marked: [span(0, 10)], found: [span(0, 4)], ignored: [] }
  expect(score([less], overlapAware)).toMatchObject({ recall: 0, precision: 1 })
})

it('takes another class for right only when class-blind', () => {
  const comparison = { marked: [span(0, 4)], found: [span(0, 4, 'LOCATION')], ignored: [] }
  expect(score([comparison], overlapAware)).toMatchObject({ precision: 0, recall: 0, f1: 0, f2: 0 })
  expect(score([comparison], overlapBlind)).toMatchObject({ precision: 1, recall: 1 })
})

it('weighs recall four times in F2', () => {
  const comparison = { marked: [span(0, 4)], found: [span(0, 4), span(5, 6), span(7, 8), span(9, 10)], ignored: [] }
  const { precision, recall, f2 } = score([comparison], strictAware)
  expect(f2).toBeCloseTo((5 * precision * recall) / (4 * precision + recall))
})

it('holds nothing against findings in stretches that are ignored, nor against what has no mapping', async () => {
  const { comparisons, unknownClasses } = await compare(
    [
      {
        text: 'Mr. Smith wrote to a@b.org',
        spans: [
          { start: 0, end: 3, entity: 'TITLE' },
          { start: 4, end: 9, entity: 'FOLK' },
        ],
      },
    ],
    { detector: createDetector(), mapping: { TITLE: null } },
  )
  expect(unknownClasses).toEqual(['FOLK'])
  expect(score(comparisons, strictAware)).toMatchObject({ marked: 0, found: 1 })
  expect(ofClass(comparisons, 'PERSON')[0]?.found).toHaveLength(1)
})

it('gives rows with goals, and no row for classes that do not occur', () => {
  const comparison = { marked: [span(0, 4)], found: [span(0, 4)], ignored: [] }
  const figures = qualityFigures('set', [comparison], { strictF1: '>= 0.9', overlapF2: '>= 0.8' })
  expect(figures.filter(({ goal }) => goal !== undefined)).toHaveLength(3)
  expect(figures.filter(({ name }) => name.startsWith('  '))).toHaveLength(10)
})

it('tells of each class how much of it was found as anything', () => {
  const comparison = { marked: [span(0, 4), span(5, 9)], found: [span(0, 4, 'LOCATION'), span(5, 9)], ignored: [] }
  const rows = qualityFigures('set', [comparison])
  const share = (name: string) => rows.find((row) => row.name === `  set: PERSON, ${name}`)?.value
  expect(share('strict: recall (2 marked)')).toBe(0.5)
  expect(share('strict: recall, class-blind')).toBe(1)
})

it('counts findings per 1,000 words where nothing personal is', async () => {
  const texts = ['Mr. Smith', `a@b.org ${'word '.repeat(997)}`]
  const [all, others] = await falseFindings('words', { texts, detector: createDetector() })
  expect(all).toMatchObject({ value: 2, goal: '<= 1' })
  expect(others).toMatchObject({ value: 1 })
})

it('counts people apart in texts that are about people', async () => {
  const texts = ['Mr. Smith', `a@b.org ${'word '.repeat(997)}`]
  const [all, withoutPeople] = await falseFindings('words', { texts, detector: createDetector(), hasPeople: true })
  expect(all).not.toHaveProperty('goal')
  expect(withoutPeople).toMatchObject({ value: 1, goal: '<= 1', name: expect.stringContaining('without PERSON') })
})

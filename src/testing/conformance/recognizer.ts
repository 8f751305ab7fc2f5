import type * as vitest from 'vitest'
import { entities, type Recognizer } from '../../privacy/recognizers/recognizer.ts'

export interface RecognizerConformance {
  readonly tools: Pick<typeof vitest, 'describe' | 'it' | 'expect'>
  readonly setUp: () => Recognizer
  /** Texts in which exactly the stretches between `⟦` and `⟧` are found, each with a score of 0.4 or more. */
  readonly finds: readonly string[]
  /** Texts in which nothing is found with such a score. */
  readonly ignores: readonly string[]
}

const sure = 0.4

/** Texts that break careless recognizers: empty, cut surrogates, controls, very long runs. */
const awkward = [
  '',
  ' ',
  '\ud83d',
  '\ude00\ud83d',
  '\u0000\u0007\ufeff',
  '𝟙𝟚𝟛 ١٢٣ ①',
  'İİİ ẞß ﬁ',
  '1'.repeat(3000),
  'a'.repeat(3000),
  '@'.repeat(500),
  '://'.repeat(500),
  '-- "\' ``` {{}} [](',
  '姓名：'.repeat(50),
]

/** What every recognizer must do. Call it in the test file of an implementation. */
export function conformRecognizer({ tools, setUp, finds, ignores }: RecognizerConformance): void {
  const { describe, it, expect } = tools
  describe(`${setUp().name}, as a recognizer`, () => {
    it.each([...finds])('finds exactly what is marked in: %s', (marked) => {
      const { text, stretches } = readMarks(marked)
      expect(stretchesOf(setUp(), text)).toEqual(stretches)
    })

    it.each([...ignores])('finds nothing in: %s', (text) => {
      expect(stretchesOf(setUp(), text)).toEqual([])
    })

    it('finds only its own entities, within the text, with a score from 0 to 1, under its own name', () => {
      const recognizer = setUp()
      expect(recognizer.entities.length).toBeGreaterThan(0)
      for (const text of [...finds.map((marked) => readMarks(marked).text), ...ignores, ...awkward]) {
        for (const { entity, start, end, score, recognizer: name } of recognizer.find(text)) {
          expect(entities).toContain(entity)
          expect(recognizer.entities).toContain(entity)
          expect(start).toBeGreaterThanOrEqual(0)
          expect(end).toBeGreaterThan(start)
          expect(end).toBeLessThanOrEqual(text.length)
          expect(score).toBeGreaterThanOrEqual(0)
          expect(score).toBeLessThanOrEqual(1)
          expect(name).toBe(recognizer.name)
        }
      }
    })

    it('finds the same each time, and the same behind other text', () => {
      const recognizer = setUp()
      for (const marked of finds) {
        const { text } = readMarks(marked)
        const first = stretchesOf(recognizer, text)
        expect(stretchesOf(recognizer, text)).toEqual(first)
        expect(stretchesOf(recognizer, `Something else.\n\n${text}`)).toEqual(first)
      }
    })
  })
}

function stretchesOf(recognizer: Recognizer, text: string): readonly string[] {
  return recognizer
    .find(text)
    .filter(({ score }) => score >= sure)
    .toSorted((a, b) => a.start - b.start)
    .map(({ start, end }) => text.slice(start, end))
}

function readMarks(marked: string): { readonly text: string; readonly stretches: readonly string[] } {
  return {
    text: marked.replaceAll(/[⟦⟧]/g, ''),
    stretches: [...marked.matchAll(/⟦([^⟧]*)⟧/g)].map(([, stretch = '']) => stretch),
  }
}

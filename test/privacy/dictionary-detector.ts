import type { Entity, Finding } from '../../src/privacy/recognizers/recognizer.ts'

/** Finds exactly the given words, longest first, wherever they stand. */
export function dictionaryDetector(words: Readonly<Record<string, Entity>>) {
  const escaped = Object.keys(words)
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const pattern = new RegExp(escaped.join('|') || '(?!)', 'g')
  return {
    detect(text: string): readonly Finding[] {
      return [...text.matchAll(pattern)].map(({ index, 0: word }) => {
        return {
          entity: words[word] ?? 'CUSTOM',
          start: index,
          end: index + word.length,
          score: 1,
          recognizer: 'words',
        }
      })
    },
  }
}

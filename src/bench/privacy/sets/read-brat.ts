import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AnnotatedText, MarkedSpan } from './annotated-text.ts'
import { unitOfCodePoint } from './read-presidio.ts'

const mark = /^T\d+\t(\S+) ([\d; ]+)\t/

/** Reads the pairs `NAME.txt` and `NAME.ann` of a folder in brat's format. Stretches in pieces count from the first to the last. */
export function readBrat(folder: string): readonly AnnotatedText[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ann') && existsSync(join(folder, textName(name))))
    .sort()
    .map((name) => {
      const text = readFileSync(join(folder, textName(name)), 'utf8')
      return { text, spans: readMarks(readFileSync(join(folder, name), 'utf8'), unitOfCodePoint(text)) }
    })
}

function textName(name: string): string {
  return name.replace(/ann$/, 'txt')
}

function readMarks(source: string, unit: (codePoint: number) => number): readonly MarkedSpan[] {
  return source.split('\n').flatMap((line) => {
    const [, entity, positions] = mark.exec(line) ?? []
    if (entity === undefined || positions === undefined) return []
    const numbers = positions.split(/[; ]/).map(Number)
    return [{ entity, start: unit(Math.min(...numbers)), end: unit(Math.max(...numbers)) }]
  })
}

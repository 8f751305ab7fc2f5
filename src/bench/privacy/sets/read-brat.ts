import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AnnotatedText, MarkedSpan } from './annotated-text.ts'
import { unitOfCodePoint } from './read-presidio.ts'
import { requireSound } from './require-sound.ts'
import { setFault } from './set-fault.ts'

const mark = /^T\d+\t(\S+) ([\d; ]+)\t/

/** Reads the pairs `NAME.txt` and `NAME.ann` of a folder in brat's format. Stretches in pieces count from the first to the last. Throws `config-invalid` for a folder without any. */
export function readBrat(folder: string): readonly AnnotatedText[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.ann') && existsSync(join(folder, textName(name))))
  if (names.length === 0) throw setFault(`${folder} holds no pair NAME.ann and NAME.txt of brat's format.`)
  return names.sort().map((name) => readPair(folder, name))
}

function readPair(folder: string, name: string): AnnotatedText {
  const path = join(folder, name)
  const text = readFileSync(join(folder, textName(name)), 'utf8')
  const marks = readMarks(readFileSync(path, 'utf8'), unitOfCodePoint(text))
  const where = (span: number) => `${path}:${marks[span]?.line}`
  return requireSound({ text, spans: marks.map(({ line: _, ...span }) => span) }, where)
}

function textName(name: string): string {
  return name.replace(/ann$/, 'txt')
}

interface Mark extends MarkedSpan {
  readonly line: number
}

function readMarks(source: string, unit: (codePoint: number) => number): readonly Mark[] {
  return source.split('\n').flatMap((line, index) => {
    const [, entity, positions] = mark.exec(line) ?? []
    if (entity === undefined || positions === undefined) return []
    const numbers = positions.split(/[; ]/).map(Number)
    return [{ entity, start: unit(Math.min(...numbers)), end: unit(Math.max(...numbers)), line: index + 1 }]
  })
}

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readPacked } from '../../cascade/shared-data.ts'
import type { AnnotatedText } from './annotated-text.ts'
import { readBrat } from './read-brat.ts'
import { readJsonLines } from './read-json-lines.ts'
import { readPresidio } from './read-presidio.ts'

/** Reads an annotated set: a folder in brat's format (or one that holds such a folder `brat`), presidio-research's JSON, or JSON lines. */
export function readAnnotated(path: string): readonly AnnotatedText[] {
  if (statSync(path).isDirectory()) return readBrat(readdirSync(path).includes('brat') ? join(path, 'brat') : path)
  const source = readPacked(path)
  return source.trimStart().startsWith('[') ? readPresidio(source) : readJsonLines(source)
}

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readPacked } from '../../cascade/shared-data.ts'
import type { AnnotatedText } from './annotated-text.ts'
import { readBrat } from './read-brat.ts'
import { readJsonLines } from './read-json-lines.ts'
import { readPresidio } from './read-presidio.ts'
import { readOrRefuse, setFault } from './set-fault.ts'

/**
 * Reads an annotated set: a folder in brat's format (or one that holds such a folder `brat`), presidio-research's JSON, or JSON lines. Throws
 * `config-invalid` or `invalid-request` that names the file, and the line where it can, for what cannot be read, holds nothing or marks what is not there.
 */
export function readAnnotated(path: string): readonly AnnotatedText[] {
  const texts = readOrRefuse(path, () => read(path))
  if (texts.length === 0) throw setFault(`${path} holds no annotated text: there is nothing to measure.`)
  return texts
}

function read(path: string): readonly AnnotatedText[] {
  if (statSync(path).isDirectory()) return readBrat(readdirSync(path).includes('brat') ? join(path, 'brat') : path)
  const source = readPacked(path)
  return source.trimStart().startsWith('[') ? readPresidio(source, path) : readJsonLines(source, path)
}

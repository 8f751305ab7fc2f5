import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { asEdgewiseError } from '../spec/errors.ts'

/** A text file whole, or standard input for `-`. Throws `config-invalid` when it cannot be read. */
export async function readGivenText(file: string): Promise<string> {
  if (file === '-') return text(process.stdin)
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error)
    throw asEdgewiseError(error, 'config-invalid', `${file} cannot be read: ${because}.`)
  }
}

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { asEdgewiseError } from '../../spec/errors.ts'

/** A text file whole, unpacked when its name ends in .gz, with the SHA-256 of its bytes. Throws `config-invalid`. */
export async function readText(path: string): Promise<{ readonly text: string; readonly digest: string }> {
  try {
    const bytes = await readFile(path)
    const plain = path.endsWith('.gz') ? await promisify(gunzip)(bytes) : bytes
    return { text: plain.toString('utf8'), digest: createHash('sha256').update(bytes).digest('hex') }
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error)
    throw asEdgewiseError(error, 'config-invalid', `${path} cannot be read: ${because}.`)
  }
}

import { randomBytes } from 'node:crypto'
import { EdgewiseError } from '../spec/errors.ts'
import { writeFileOnce } from './write-file-once.ts'

/** The API key in the file at `path` (0600), generated on first use: `ew-` and 256 random bits. Throws `store-failed`. */
export async function openApiKey({ path }: { readonly path: string }): Promise<string> {
  const text = await writeFileOnce({ path, make: () => `ew-${randomBytes(32).toString('base64url')}\n` })
  const key = text.trim()
  if (/^[\x21-\x7e]{16,}$/.test(key)) return key
  const message = `${path} holds no API key. Put one of at least 16 printable characters in it, or delete it to get a new one.`
  throw new EdgewiseError('store-failed', message)
}

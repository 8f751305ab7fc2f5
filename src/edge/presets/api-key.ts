import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EdgewiseError } from '../../spec/errors.ts'

const shortestKey = 16

/** The key that applications send: `EDGEWISE_API_KEY`, else the one in the state folder, made at the first start (mode 0600). */
export async function openApiKey({
  stateFolder,
}: {
  stateFolder: string
}): Promise<{ readonly key: string; readonly source: string }> {
  const given = process.env.EDGEWISE_API_KEY
  if (given !== undefined && given !== '')
    return { key: checked(given, 'EDGEWISE_API_KEY'), source: 'EDGEWISE_API_KEY' }
  const path = join(stateFolder, 'api-key')
  const made = `ew-${randomBytes(24).toString('base64url')}`
  try {
    await writeFile(path, `${made}\n`, { mode: 0o600, flag: 'wx' })
    return { key: made, source: path }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new EdgewiseError(
        'config-invalid',
        `Cannot write the API key to ${path}. Check the rights of the folder.`,
        { cause },
      )
    }
  }
  return { key: checked((await readFile(path, 'utf8')).trim(), path), source: path }
}

function checked(key: string, source: string): string {
  if (key.length >= shortestKey && /^\S+$/.test(key)) return key
  throw new EdgewiseError(
    'config-invalid',
    `The API key in ${source} is too short: ${shortestKey} characters without spaces at least.`,
  )
}

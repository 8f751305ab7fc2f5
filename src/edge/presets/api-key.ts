import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { EdgewiseError } from '../../spec/errors.ts'
import { openApiKey } from '../../store/api-key.ts'
import type { Store } from '../../store/store.ts'

const variable = 'EDGEWISE_API_KEY'

/** The key that applications send: `EDGEWISE_API_KEY`, else the one in the state folder, made at the first start (mode 0600). */
export async function edgeApiKey({
  stateFolder,
}: {
  stateFolder: string
}): Promise<{ readonly key: string; readonly source: string }> {
  const given = process.env[variable]
  if (given === undefined || given === '') {
    const path = join(stateFolder, 'api-key')
    return { key: await openApiKey({ path }), source: path }
  }
  if (/^[\x21-\x7e]{16,}$/.test(given)) return { key: given, source: variable }
  throw new EdgewiseError(
    'config-invalid',
    `${variable} is no usable key: it needs 16 printable characters at least, without spaces.`,
  )
}

/** The name under which the store knows the key, by its digest alone; decisions tell it. Known from the first start on. */
export async function registerKey({
  key,
  source,
  store,
}: {
  key: string
  source: string
  store: Store
}): Promise<string> {
  const digest = createHash('sha256').update(key).digest('hex')
  const known = await store.keys.findByDigest(digest)
  if (known !== undefined) return known.id
  const id = `key-${digest.slice(0, 8)}`
  await store.keys.add({ id, name: source === variable ? variable : 'generated', digest })
  return id
}

import { hkdfSync, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { EdgewiseError } from '../../spec/errors.ts'
import { writeFileOnce } from '../../store/write-file-once.ts'

const bytes = 32

/** Secrets that conversations are named and their pseudonyms encrypted with. */
export interface PrivacySecrets {
  readonly naming: Uint8Array<ArrayBuffer>
  readonly sealing: Uint8Array<ArrayBuffer>
}

/**
 * From the file `privacy-key` in the state folder (0600), made at the first start. Without that file nobody can read the pseudonyms in the store, and which
 * conversations stay at the edge is forgotten. Throws `store-failed`.
 */
export async function openPrivacySecrets({ stateFolder }: { readonly stateFolder: string }): Promise<PrivacySecrets> {
  const path = join(stateFolder, 'privacy-key')
  const text = await writeFileOnce({ path, make: () => `${randomBytes(bytes).toString('base64url')}\n` })
  const key = Buffer.from(text.trim(), 'base64url')
  if (key.length !== bytes) {
    const message = `${path} holds no key of ${bytes} bytes. Put the right one back, or delete it: what is remembered of conversations is then lost.`
    throw new EdgewiseError('store-failed', message)
  }
  const derive = (purpose: string) => new Uint8Array(hkdfSync('sha256', key, '', `edgewise ${purpose}`, bytes))
  return { naming: derive('names'), sealing: derive('memory') }
}

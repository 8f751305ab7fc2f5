import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { EdgewiseError } from '../../spec/errors.ts'
import { writeFileOnce } from '../../store/write-file-once.ts'

/** What a ledger is signed and salted with. */
export interface LedgerKey {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly saltKey: KeyObject
}

/** From the file at `path` (Ed25519, PEM, 0600), made on first use. Throws `store-failed` when it cannot be read or holds something else. */
export async function openLedgerKey({ path }: { readonly path: string }): Promise<LedgerKey> {
  const make = () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return parseLedgerKey(await writeFileOnce({ path, make }), path)
}

/** The key in the text of the file at `path`. Throws `store-failed` when it holds something else. */
export function parseLedgerKey(pem: string, path: string): LedgerKey {
  try {
    const privateKey = createPrivateKey(pem)
    if (privateKey.asymmetricKeyType !== 'ed25519') throw new TypeError('it is no Ed25519 key')
    const secret = privateKey.export({ type: 'pkcs8', format: 'der' })
    const saltKey = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'edgewise ledger salts', 32)))
    return { privateKey, publicKey: createPublicKey(privateKey), saltKey }
  } catch (cause) {
    const message = `${path} holds no key of a ledger. Bring it back from a backup; or move it and the ledger away to begin a new one.`
    throw new EdgewiseError('store-failed', message, { cause })
  }
}

/** The salt of one entry. Whoever is told it can check what this entry stands for, and guess at it; at no other. */
export function saltOf(saltKey: KeyObject, ledger: string, seq: number): Buffer {
  return createHmac('sha256', saltKey).update(`${ledger}\n${seq}`).digest()
}

/** SHA-256 of the salt of an entry and these bytes behind it. */
export function saltedHash(salt: Uint8Array, bytes: Uint8Array | string): string {
  return createHash('sha256').update(salt).update(bytes).digest('base64url')
}

/** How an entry names its request: other entries name the same one otherwise. */
export function requestMark(salt: Uint8Array, requestId: string): string {
  return saltedHash(salt, `request ${requestId}`).slice(0, 22)
}

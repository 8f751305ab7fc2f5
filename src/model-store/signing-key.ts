import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { EdgewiseError } from '../spec/errors.ts'
import { writeFileOnce } from '../store/write-file-once.ts'

/** The key that this installation signs model archives with. */
export interface SigningKey {
  readonly privateKey: KeyObject
  /** SPKI, DER. */
  readonly publicKey: Buffer
  /** SHA-256 of the public key, 64 hexadecimal digits: what the other side is told beforehand. */
  readonly fingerprint: string
}

/** The Ed25519 key kept as `model-signing-key.pem` (0600) in the state folder, made on first use. Throws `store-failed` when the file holds something else. */
export async function openSigningKey(stateFolder: string): Promise<SigningKey> {
  const path = join(stateFolder, 'model-signing-key.pem')
  const pem = await writeFileOnce({
    path,
    make: () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  })
  try {
    const privateKey = createPrivateKey(pem)
    if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error('it is no Ed25519 key')
    const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
    return { privateKey, publicKey, fingerprint: keyFingerprint(publicKey) }
  } catch (cause) {
    const message = `${path} holds no Ed25519 key. Bring it back from a backup; or delete it to sign with a new one, whose fingerprint others then need.`
    throw new EdgewiseError('store-failed', message, { cause })
  }
}

/** SHA-256 of a public key (SPKI, DER), 64 hexadecimal digits. */
export function keyFingerprint(publicKey: Uint8Array): string {
  return createHash('sha256').update(publicKey).digest('hex')
}

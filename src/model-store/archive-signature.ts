import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { z } from 'zod'
import { EdgewiseError } from '../spec/errors.ts'
import { keyFingerprint, type SigningKey } from './signing-key.ts'

/** Names of the two entries that an archive begins with; its files follow below `files/`, in the order of the manifest. */
export const archiveManifestName = 'edgewise-model.json'
export const archiveSignatureName = 'edgewise-model.sig'
export const archiveFilesFolder = 'files/'
/** Longest manifest and signature: both are held in memory. */
export const longestHeadBytes = 1_048_576

// Keeps a signature of these bytes from meaning anything elsewhere.
const context = 'edgewise model archive 1\n'
const signatureSchema = z.strictObject({
  algorithm: z.literal('ed25519'),
  publicKey: z.base64().max(200),
  signature: z.base64().max(200),
})

/** Whose signature an archive may carry: the one with this fingerprint, or anybody's. */
export type TrustedKey = { readonly fingerprint: string } | 'anyone'

/** The second entry of an archive: the signature of its first. */
export function signManifest(manifest: Uint8Array, { privateKey, publicKey }: SigningKey): Buffer {
  const signature = sign(null, signedBytes(manifest), privateKey).toString('base64')
  return Buffer.from(
    `${JSON.stringify({ algorithm: 'ed25519', publicKey: publicKey.toString('base64'), signature })}\n`,
  )
}

/** Gives the fingerprint of the key that signed these bytes. Throws `fingerprint-mismatch` for a key that is not trusted, `model-invalid` for a wrong signature. */
export function requireSignature(manifest: Uint8Array, signature: Uint8Array, trusted: TrustedKey): string {
  const { publicKey, signature: value } = parse(signature)
  const der = Buffer.from(publicKey, 'base64')
  const key = publicKeyFrom(der)
  const fingerprint = keyFingerprint(der)
  if (trusted !== 'anyone' && trusted.fingerprint !== fingerprint) {
    const message = `The archive was signed by another key: ${fingerprint} instead of ${trusted.fingerprint}. Ask whoever made it, by another way, for its fingerprint.`
    throw new EdgewiseError('fingerprint-mismatch', message)
  }
  if (!verify(null, signedBytes(manifest), key, Buffer.from(value, 'base64'))) {
    throw new EdgewiseError(
      'model-invalid',
      'The signature of the archive is wrong: it was changed after it was signed.',
    )
  }
  return fingerprint
}

function signedBytes(manifest: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(context), manifest])
}

function parse(bytes: Uint8Array): z.infer<typeof signatureSchema> {
  try {
    return signatureSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch (cause) {
    throw new EdgewiseError('model-invalid', 'The archive carries no signature that can be read.', { cause })
  }
}

function publicKeyFrom(der: Buffer): KeyObject {
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // Said below.
  }
  throw new EdgewiseError('model-invalid', 'The archive carries no Ed25519 key.')
}

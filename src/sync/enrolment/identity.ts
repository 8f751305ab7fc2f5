import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { EdgewiseError } from '../../spec/errors.ts'
import { writeFileOnce } from '../../store/write-file-once.ts'
import { type SelfSignedCertificateOptions, selfSignedCertificate } from './self-signed-certificate.ts'

/** Who a machine is: a key that never leaves it, and a certificate that shows the public half. */
export interface Identity {
  /** SHA-256 of the public key (SPKI, DER), 64 hexadecimal digits. */
  readonly id: string
  readonly certificatePem: string
  readonly privateKeyPem: string
  /** SHA-256 of the certificate (DER), 64 hexadecimal digits. */
  readonly fingerprint: string
}

export interface OpenIdentityOptions extends Partial<Omit<SelfSignedCertificateOptions, 'name'>> {
  /** State folder; made with 0700 if absent. */
  readonly folder: string
  /** Name of the file and subject of the certificate, such as `edge` or `hub`. */
  readonly name: string
}

/**
 * The identity kept in `folder` as `NAME.pem` (0600), made on first use and the same ever after. Throws `store-failed` when the file
 * cannot be read or written or holds something else: a new key would be somebody else to everyone who knows this one.
 */
export async function openIdentity({
  folder,
  name,
  algorithm = 'ed25519',
  hosts = [],
}: OpenIdentityOptions): Promise<Identity> {
  if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(name)) {
    throw new EdgewiseError('config-invalid', `"${name}" cannot name an identity: use letters, digits, dots and dashes`)
  }
  const path = join(folder, `${name}.pem`)
  const make = () => selfSignedCertificate({ name: `edgewise ${name}`, algorithm, hosts })
  return readIdentity(await writeFileOnce({ path, make }), path)
}

/** The id that belongs to a public key. */
export function idOfPublicKey(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
}

function readIdentity(pem: string, path: string): Identity {
  try {
    const certificate = new X509Certificate(block(pem, 'CERTIFICATE'))
    const privateKeyPem = block(pem, 'PRIVATE KEY')
    if (!certificate.checkPrivateKey(createPrivateKey(privateKeyPem))) throw new Error('key and certificate differ')
    return {
      id: idOfPublicKey(certificate.publicKey),
      certificatePem: certificate.toString(),
      privateKeyPem,
      fingerprint: createHash('sha256').update(certificate.raw).digest('hex'),
    }
  } catch (cause) {
    const message = `${path} holds no key with its certificate. Bring it back from a backup; or delete it to become somebody new, who has to join again.`
    throw new EdgewiseError('store-failed', message, { cause })
  }
}

function block(pem: string, label: string): string {
  const [found] = pem.match(new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----`)) ?? []
  if (found === undefined) throw new Error(`no ${label} in it`)
  return `${found}\n`
}

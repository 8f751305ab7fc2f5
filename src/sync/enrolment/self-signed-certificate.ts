import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { der } from './der.ts'

export interface SelfSignedCertificateOptions {
  /** Common name of subject and issuer. */
  readonly name: string
  /** Ed25519 for machines among themselves; P-256 where browsers and older clients connect. */
  readonly algorithm: 'ed25519' | 'p256'
  /** Names and addresses that the certificate answers to. */
  readonly hosts: readonly string[]
}

/** A new key (PKCS #8) and an X.509 certificate for it, as PEM. It does not expire: who trusts it has pinned it. */
export function selfSignedCertificate({ name, algorithm, hosts }: SelfSignedCertificateOptions): string {
  const { publicKey, privateKey } =
    algorithm === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signature = algorithm === 'ed25519' ? { id: '1.3.101.112' } : { id: '1.2.840.10045.4.3.2', hash: 'sha256' }
  const signatureAlgorithm = der.sequence(der.objectId(signature.id))
  const content = toBeSigned({ name, hosts, publicKey, signatureAlgorithm })
  const signed = sign(signature.hash, content, privateKey)
  const certificate = der.sequence(content, signatureAlgorithm, der.bitString(signed))
  return `${privateKey.export({ type: 'pkcs8', format: 'pem' })}${pem('CERTIFICATE', certificate)}`
}

interface CertificateContent {
  readonly name: string
  readonly hosts: readonly string[]
  readonly publicKey: KeyObject
  readonly signatureAlgorithm: Uint8Array
}

/** TBSCertificate of RFC 5280, section 4.1. */
function toBeSigned({ name, hosts, publicKey, signatureAlgorithm }: CertificateContent): Uint8Array {
  const version3 = der.explicit(0, der.integer(Uint8Array.of(2)))
  const serial = randomBytes(16)
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f)
  const commonName = der.sequence(der.objectId('2.5.4.3'), der.utf8String(name))
  const subject = der.sequence(der.set(commonName))
  // A device without a clock may live in 1970; the end is the one that means "no end" (4.1.2.5).
  const validity = der.sequence(der.utcTime('700101000000Z'), der.generalizedTime('99991231235959Z'))
  return der.sequence(
    version3,
    der.integer(serial),
    signatureAlgorithm,
    subject,
    validity,
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der.explicit(3, der.sequence(...extensions(hosts))),
  )
}

function extensions(hosts: readonly string[]): readonly Uint8Array[] {
  const digitalSignature = der.bitString(Uint8Array.of(0x80), 7)
  const serverAndClient = der.sequence(der.objectId('1.3.6.1.5.5.7.3.1'), der.objectId('1.3.6.1.5.5.7.3.2'))
  const list = [
    extension('2.5.29.19', true, der.sequence()),
    extension('2.5.29.15', true, digitalSignature),
    extension('2.5.29.37', false, serverAndClient),
  ]
  return hosts.length === 0
    ? list
    : [...list, extension('2.5.29.17', false, der.sequence(...hosts.map(alternativeName)))]
}

function extension(id: string, isCritical: boolean, value: Uint8Array): Uint8Array {
  const critical = isCritical ? [der.boolean(true)] : []
  return der.sequence(der.objectId(id), ...critical, der.octetString(value))
}

function alternativeName(host: string): Uint8Array {
  if (/^[\d.]+$/.test(host)) return der.implicit(7, Uint8Array.from(host.split('.').map(Number)))
  if (host.includes(':')) return der.implicit(7, ipv6Bytes(host))
  return der.implicit(2, Buffer.from(host, 'latin1'))
}

function ipv6Bytes(address: string): Uint8Array {
  const [before = '', after] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const groups = (side: string) => (side === '' ? [] : side.split(':')).map((group) => Number.parseInt(group, 16))
  const head = groups(before)
  const tail = groups(after ?? '')
  const all = [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail]
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]))
}

function pem(label: string, bytes: Uint8Array): string {
  const lines = Buffer.from(bytes)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}

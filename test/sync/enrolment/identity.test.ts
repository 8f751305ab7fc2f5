import { execFileSync } from 'node:child_process'
import { createHash, createPrivateKey, sign, verify, X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { openIdentity } from '../../../src/sync/enrolment/identity.ts'

const root = mkdtempSync(join(tmpdir(), 'edgewise-identity-'))
let folder = ''
let count = 0

beforeEach(() => {
  count += 1
  folder = join(root, String(count))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe('an identity', () => {
  it('is made once and stays the same', async () => {
    const first = await openIdentity({ folder, name: 'edge' })
    expect(await openIdentity({ folder, name: 'edge' })).toEqual(first)
    expect(await openIdentity({ folder, name: 'other' })).not.toEqual(first)
  })

  it('is named after its key and shows a certificate for it', async () => {
    const { id, certificatePem, privateKeyPem, fingerprint } = await openIdentity({ folder, name: 'edge' })
    const certificate = new X509Certificate(certificatePem)
    const der = certificate.publicKey.export({ type: 'spki', format: 'der' })
    expect(id).toBe(createHash('sha256').update(der).digest('hex'))
    expect(fingerprint).toBe(certificate.fingerprint256.replaceAll(':', '').toLowerCase())
    expect(certificate.publicKey.asymmetricKeyType).toBe('ed25519')
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    const signature = sign(null, Buffer.from('challenge'), createPrivateKey(privateKeyPem))
    expect(verify(null, Buffer.from('challenge'), certificate.publicKey, signature)).toBe(true)
  })

  it('answers to its hosts and has no end', async () => {
    const hosts = ['localhost', '127.0.0.1', '::1', 'hub.example', 'fd00:0:0:1::5']
    const { certificatePem } = await openIdentity({ folder, name: 'hub', algorithm: 'p256', hosts })
    const certificate = new X509Certificate(certificatePem)
    expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
    expect(certificate.checkHost('localhost')).toBe('localhost')
    expect(certificate.checkHost('hub.example')).toBe('hub.example')
    for (const address of ['127.0.0.1', '::1', 'fd00:0:0:1::5']) expect(certificate.checkIP(address)).toBeDefined()
    expect(certificate.checkHost('evil.example')).toBe(undefined)
    expect(certificate.validToDate.getUTCFullYear()).toBe(9999)
    expect(certificate.ca).toBe(false)
  })

  it('is a file that only its owner may read, with no draft left beside it', async () => {
    await openIdentity({ folder, name: 'edge' })
    expect(readdirSync(folder)).toEqual(['edge.pem'])
    expect(statSync(join(folder, 'edge.pem')).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })

  it('is one, however many ask for it at first use', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => openIdentity({ folder, name: 'edge' })))
    expect(new Set(all.map(({ id }) => id)).size).toBe(1)
  })

  it('is never replaced when its file is damaged', async () => {
    await openIdentity({ folder, name: 'edge' })
    const path = join(folder, 'edge.pem')
    const other = readFileSync(join((await openIdentity({ folder, name: 'other' })) && folder, 'other.pem'), 'utf8')
    const whole = readFileSync(path, 'utf8')
    const [key = ''] = whole.split('-----BEGIN CERTIFICATE')
    const mixed = key + other.slice(other.indexOf('-----BEGIN CERTIFICATE'))
    for (const text of ['', 'nonsense', whole.slice(0, 200), mixed]) {
      writeFileSync(path, text)
      const opening = openIdentity({ folder, name: 'edge' })
      await expect(opening).rejects.toMatchObject({ code: 'store-failed', message: expect.stringContaining(path) })
      expect(readFileSync(path, 'utf8')).toBe(text)
    }
  })

  it('cannot be named out of its folder', async () => {
    await expect(openIdentity({ folder, name: '../edge' })).rejects.toMatchObject({ code: 'config-invalid' })
  })

  it('pleases openssl, where there is one', async ({ skip }) => {
    const path = join(folder, 'hub.pem')
    await openIdentity({ folder, name: 'hub', algorithm: 'p256', hosts: ['localhost'] })
    let said: string
    try {
      said = execFileSync('openssl', ['verify', '-x509_strict', '-CAfile', path, path], { encoding: 'utf8' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return skip('there is no openssl here')
      throw error
    }
    expect(said).toContain('OK')
  })
})

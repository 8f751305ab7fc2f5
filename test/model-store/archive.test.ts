import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { type Header, pack } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signManifest, type TrustedKey } from '../../src/model-store/archive-signature.ts'
import { exportModel } from '../../src/model-store/export-model.ts'
import { importModel } from '../../src/model-store/import-model.ts'
import { type PulledManifest, writePulledManifest } from '../../src/model-store/pulled-manifest.ts'
import type { PulledModel } from '../../src/model-store/pulled-models.ts'
import { openSigningKey, type SigningKey } from '../../src/model-store/signing-key.ts'
import { verifyModel } from '../../src/model-store/verify-model.ts'
import { readTree } from './store-of-test.ts'

const signal = new AbortController().signal
const contents: Readonly<Record<string, Buffer>> = {
  'config.json': Buffer.from('{"a":1}'),
  'onnx/model.onnx': Buffer.from(Array.from({ length: 3000 }, (_, index) => index % 251)),
  'onnx/model.onnx_data': Buffer.alloc(0),
}

let root: string
let model: PulledModel
let key: SigningKey
let archive: Buffer

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'edgewise-archive-'))
  key = await openSigningKey(join(root, 'state'))
  model = await storeModel(join(root, 'state', 'models', 'acme--Tiny@000000000000'))
  await exportModel({ model, file: join(root, 'good.tar'), key, signal })
  archive = await readFile(join(root, 'good.tar'))
})
afterAll(() => rm(root, { recursive: true }))

async function storeModel(folder: string): Promise<PulledModel> {
  const { mkdir } = await import('node:fs/promises')
  for (const [path, bytes] of Object.entries(contents)) {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), bytes)
  }
  const manifest: PulledManifest = {
    format: 1,
    org: 'acme',
    name: 'Tiny',
    revision: 'main',
    commit: '0'.repeat(40),
    variant: 'fp32',
    named: false,
    source: 'https://hub.example',
    pulledAt: '2026-01-01T00:00:00.000Z',
    files: Object.entries(contents).map(([path, bytes]) => ({ path, bytes: bytes.length, sha256: sha256(bytes) })),
  }
  await writePulledManifest(folder, manifest)
  return { folder, manifest }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

let count = 0
/** Takes an archive into an empty store; what is left there is looked at whatever happens. */
async function take(bytes: Uint8Array, trusted: TrustedKey = { fingerprint: key.fingerprint }) {
  count += 1
  const stateFolder = join(root, `taken-${count}`)
  const modelsFolder = join(stateFolder, 'models')
  const file = join(root, `taken-${count}.tar`)
  await writeFile(file, bytes)
  try {
    return await importModel({ file, modelsFolder, trusted, signal })
  } catch (thrown) {
    const left = await readdir(stateFolder, { recursive: true }).catch(() => [])
    expect(left.filter((path) => !['models', join('models', '.partial')].includes(path))).toEqual([])
    throw thrown
  }
}

type EntryOf = Partial<Header> & { readonly name: string; readonly content?: Uint8Array | string }

/** A tar with these entries. */
async function tarOf(entries: readonly EntryOf[]): Promise<Buffer> {
  const tar = pack()
  for (const { content, ...header } of entries)
    tar.entry(header, content === undefined ? Buffer.alloc(0) : Buffer.from(content))
  tar.finalize()
  return buffer(tar as AsyncIterable<unknown> as NodeJS.ReadableStream)
}

/** The entries of a good archive, with a manifest that may say something else, signed rightly. */
function entriesOf(changes: object = {}): EntryOf[] {
  const manifest = Buffer.from(JSON.stringify({ ...model.manifest, ...changes }))
  return [
    { name: 'edgewise-model.json', content: manifest },
    { name: 'edgewise-model.sig', content: signManifest(manifest, key) },
    ...Object.entries(contents).map(([path, content]) => ({ name: `files/${path}`, content })),
  ]
}

function refused(what: RegExp, code = 'model-invalid') {
  return expect.objectContaining({ code, message: expect.stringMatching(what) })
}

describe('an archive', () => {
  it('brings a model over, byte for byte, into a store that can verify it', async () => {
    const taken = await take(archive)
    expect(taken).toMatchObject({ manifest: model.manifest, fingerprint: key.fingerprint, wasThere: false })
    expect(await readTree(taken.folder)).toEqual(await readTree(model.folder))
    expect((await verifyModel({ folder: taken.folder, signal })).faults).toEqual([])
  })

  it('is the same for the same model, and readable by nobody else', async () => {
    const file = join(root, 'again.tar')
    expect(await exportModel({ model, file, key, signal })).toBe(archive.length)
    expect((await readFile(file)).equals(archive)).toBe(true)
    expect((await stat(file)).mode & 0o077).toBe(0)
    expect((await stat(join(root, 'state', 'model-signing-key.pem'))).mode & 0o777).toBe(0o600)
    expect((await openSigningKey(join(root, 'state'))).fingerprint).toBe(key.fingerprint)
  })

  it('is taken from anybody only when asked to', async () => {
    expect((await take(archive, 'anyone')).fingerprint).toBe(key.fingerprint)
    await expect(take(archive, { fingerprint: 'f'.repeat(64) })).rejects.toEqual(
      refused(/signed by another key: [0-9a-f]{64} instead of f{64}/, 'fingerprint-mismatch'),
    )
  })

  it('changes nothing where the model already is', async () => {
    const file = join(root, 'good.tar')
    const modelsFolder = join(root, 'state', 'models')
    const { folder, wasThere } = await importModel({ file, modelsFolder, trusted: 'anyone', signal })
    expect({ folder, wasThere }).toEqual({ folder: model.folder, wasThere: true })
  })

  it('is not made of a model that has changed on disk', async () => {
    const damaged = await storeModel(join(root, 'damaged'))
    await writeFile(join(damaged.folder, 'config.json'), '{"a":2}')
    const exporting = exportModel({ model: damaged, file: join(root, 'damaged.tar'), key, signal })
    await expect(exporting).rejects.toEqual(refused(/config\.json is no longer what was pulled/))
    await truncate(join(damaged.folder, 'config.json'), 3)
    await expect(exportModel({ model: damaged, file: join(root, 'damaged.tar'), key, signal })).rejects.toEqual(
      refused(/no longer/),
    )
    expect((await readdir(root)).filter((name) => name.startsWith('damaged.'))).toEqual([])
  })

  it('is refused when its signing key on disk is no key', async () => {
    const { mkdir } = await import('node:fs/promises')
    await mkdir(join(root, 'other-state'))
    await writeFile(join(root, 'other-state', 'model-signing-key.pem'), 'x')
    await expect(openSigningKey(join(root, 'other-state'))).rejects.toMatchObject({ code: 'store-failed' })
  })
})

it('stops writing an archive when it is told to, and leaves nothing', async () => {
  const controller = new AbortController()
  const exporting = exportModel({
    model,
    file: join(root, 'stopped.tar'),
    key,
    signal: controller.signal,
    onBytes: () => controller.abort(),
  })
  await expect(exporting).rejects.toMatchObject({ code: 'aborted' })
  await expect(exportModel({ model, file: join(root, 'no', 'folder.tar'), key, signal })).rejects.toMatchObject({
    code: 'store-failed',
  })
  expect((await readdir(root)).filter((name) => name.startsWith('stopped'))).toEqual([])
})

describe('an archive that is not right', () => {
  const file = (path: string) => ({ path, bytes: 1, sha256: sha256(Buffer.from('x')) })

  it.each<[string, () => EntryOf[], RegExp]>([
    ['without a signature', () => entriesOf().toSpliced(1, 1), /edgewise-model\.sig is missing\. Unsigned/],
    ['without a manifest', () => entriesOf().slice(1), /edgewise-model\.json is missing/],
    ['with nothing in it', () => [], /ends before everything/],
    ['with a file missing', () => entriesOf().slice(0, -1), /ends before everything/],
    ['with a file too many', () => [...entriesOf(), { name: 'files/more', content: 'x' }], /more than its manifest/],
    [
      'with files in another order',
      () => entriesOf().toSpliced(2, 0, ...entriesOf().slice(3, 4)),
      /where config\.json/,
    ],
    [
      'with another file',
      () => entriesOf().with(2, { name: 'files/config.json', content: '{"a":2}' }),
      /config\.json is not what was signed/,
    ],
    [
      'with a longer file',
      () => entriesOf().with(2, { name: 'files/config.json', content: '{"a":1} ' }),
      /something else/,
    ],
    [
      'with a link in place of a file',
      () => entriesOf().with(2, { name: 'files/config.json', type: 'symlink', linkname: '/etc/passwd' }),
      /holds a symlink/,
    ],
    [
      'with a hard link',
      () => entriesOf().with(2, { name: 'files/config.json', type: 'link', linkname: 'files/x' }),
      /holds a link/,
    ],
    ['with a folder', () => entriesOf().toSpliced(2, 0, { name: 'files/', type: 'directory' }), /holds a directory/],
    [
      'with a device',
      () => entriesOf().with(2, { name: 'files/config.json', type: 'character-device' }),
      /holds a character-device/,
    ],
    [
      'with a path out of its folder',
      () => entriesOf().with(2, { name: 'files/../../config.json', content: '{"a":1}' }),
      /something else/,
    ],
    [
      'with an absolute path',
      () => entriesOf().with(2, { name: '/files/config.json', content: '{"a":1}' }),
      /something else/,
    ],
    [
      'with a manifest of a megabyte and more',
      () => [{ name: 'edgewise-model.json', content: Buffer.alloc(2 ** 20 + 1) }],
      /has 1048577 bytes/,
    ],
    [
      'whose signature is of another manifest',
      () => entriesOf().with(0, { name: 'edgewise-model.json', content: '{}' }),
      /signature of the archive is wrong/,
    ],
    [
      'whose signature is no JSON',
      () => entriesOf().with(1, { name: 'edgewise-model.sig', content: 'x' }),
      /no signature that can be read/,
    ],
  ])('%s is refused', async (_, entries, what) => {
    await expect(take(await tarOf(entries()))).rejects.toEqual(refused(what))
  })

  it.each([
    ['up', { files: [file('../evil')] }],
    ['absolute', { files: [file('/etc/evil')] }],
    ['backslashes', { files: [file('a\\..\\b')] }],
    ['its own manifest', { files: [file('edgewise-model.json')] }],
    ['one path twice', { files: [file('a'), file('A')] }],
    ['a device of Windows', { files: [file('onnx/NUL.json')] }],
    ['an organisation that is a path', { org: '..' }],
    ['a name that is a path', { name: 'a/../../b' }],
    ['a variant that is a path', { variant: '../x', named: true }],
    ['no files', { files: [] }],
    ['a negative size', { files: [{ ...file('a'), bytes: -1 }] }],
    ['another format', { format: 2 }],
    ['fields that nobody knows', { more: 1 }],
  ])('with %s in a manifest that is rightly signed is refused', async (_, changes) => {
    await expect(take(await tarOf(entriesOf(changes)))).rejects.toEqual(refused(/The manifest of the archive is not/))
  })

  it('is refused when its key is no Ed25519 key, though the signature may be right', async () => {
    const { generateKeyPairSync } = await import('node:crypto')
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const der = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
    const content = JSON.stringify({ algorithm: 'ed25519', publicKey: der, signature: '' })
    const tar = await tarOf(entriesOf().with(1, { name: 'edgewise-model.sig', content }))
    await expect(take(tar, 'anyone')).rejects.toEqual(refused(/no Ed25519 key/))
  })

  it('is refused when it is not there, or no archive', async () => {
    const missing = importModel({
      file: join(root, 'none.tar'),
      modelsFolder: join(root, 'none'),
      trusted: 'anyone',
      signal,
    })
    await expect(missing).rejects.toEqual(refused(/none\.tar cannot be read: ENOENT/))
    await expect(take(Buffer.from('x'.repeat(2000)))).rejects.toEqual(refused(/no whole archive of a model/))
  })

  it('is refused wherever it is cut', async () => {
    const end = archive.length - 1024
    for (let length = 0; length <= end - 512; length += 171) {
      await expect(take(archive.subarray(0, length)), `${length} bytes`).rejects.toMatchObject({
        code: 'model-invalid',
      })
    }
  })

  it('gives either exactly what was signed or nothing, whatever bytes are changed', async () => {
    const wanted = await readTree(model.folder)
    const change = fc.record({
      at: fc.nat(archive.length - 1),
      byte: fc.nat(255),
      length: fc.integer({ min: 1, max: 20 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const bytes = Buffer.from(archive)
        for (const { at, byte, length } of changes) bytes.fill(byte, at, Math.min(bytes.length, at + length))
        try {
          const { folder } = await take(bytes)
          expect(await readTree(folder)).toEqual(wanted)
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: expect.stringMatching(/^(model-invalid|fingerprint-mismatch)$/) })
        }
      }),
      { numRuns: 150 },
    )
  })

  it('stops when it is told to, and leaves nothing', async () => {
    const controller = new AbortController()
    const options = { file: join(root, 'good.tar'), modelsFolder: join(root, 'stopped'), trusted: 'anyone' as const }
    const onBytes = () => controller.abort()
    await expect(importModel({ ...options, signal: controller.signal, onBytes })).rejects.toMatchObject({
      code: 'aborted',
    })
    expect(await readdir(join(root, 'stopped', '.partial'))).toEqual([])
  })
})

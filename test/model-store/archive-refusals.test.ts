import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importModel } from '../../src/model-store/import-model.ts'
import { systemClock } from '../../src/spec/system-clock.ts'
import { type Archives, type EntryOf, openArchives, refused, sha256, tarOf } from './archive-of-test.ts'
import { readTree } from './store-of-test.ts'

const { signal } = new AbortController()
let archives: Archives
beforeAll(async () => {
  archives = await openArchives()
})
afterAll(() => archives[Symbol.asyncDispose]())

describe('an archive that is not right', () => {
  const file = (path: string) => ({ path, bytes: 1, sha256: sha256(Buffer.from('x')) })

  it.each<[string, () => EntryOf[], RegExp]>([
    ['without a signature', () => archives.entriesOf().toSpliced(1, 1), /edgewise-model\.sig is missing\. Unsigned/],
    ['without a manifest', () => archives.entriesOf().slice(1), /edgewise-model\.json is missing/],
    ['with nothing in it', () => [], /ends before everything/],
    ['with a file missing', () => archives.entriesOf().slice(0, -1), /ends before everything/],
    [
      'with a file too many',
      () => [...archives.entriesOf(), { name: 'files/more', content: 'x' }],
      /more than its manifest/,
    ],
    [
      'with files in another order',
      () => archives.entriesOf().toSpliced(2, 0, ...archives.entriesOf().slice(3, 4)),
      /where config\.json/,
    ],
    [
      'with another file',
      () => archives.entriesOf().with(2, { name: 'files/config.json', content: '{"a":2}' }),
      /config\.json is not what was signed/,
    ],
    [
      'with a longer file',
      () => archives.entriesOf().with(2, { name: 'files/config.json', content: '{"a":1} ' }),
      /something else/,
    ],
    [
      'with a link in place of a file',
      () => archives.entriesOf().with(2, { name: 'files/config.json', type: 'symlink', linkname: '/etc/passwd' }),
      /holds a symlink/,
    ],
    [
      'with a hard link',
      () => archives.entriesOf().with(2, { name: 'files/config.json', type: 'link', linkname: 'files/x' }),
      /holds a link/,
    ],
    [
      'with a folder',
      () => archives.entriesOf().toSpliced(2, 0, { name: 'files/', type: 'directory' }),
      /holds a directory/,
    ],
    [
      'with a device',
      () => archives.entriesOf().with(2, { name: 'files/config.json', type: 'character-device' }),
      /holds a character-device/,
    ],
    [
      'with a path out of its folder',
      () => archives.entriesOf().with(2, { name: 'files/../../config.json', content: '{"a":1}' }),
      /something else/,
    ],
    [
      'with an absolute path',
      () => archives.entriesOf().with(2, { name: '/files/config.json', content: '{"a":1}' }),
      /something else/,
    ],
    [
      'with a manifest of a megabyte and more',
      () => [{ name: 'edgewise-model.json', content: Buffer.alloc(2 ** 20 + 1) }],
      /has 1048577 bytes/,
    ],
    [
      'whose signature is of another manifest',
      () => archives.entriesOf().with(0, { name: 'edgewise-model.json', content: '{}' }),
      /signature of the archive is wrong/,
    ],
    [
      'whose signature is no JSON',
      () => archives.entriesOf().with(1, { name: 'edgewise-model.sig', content: 'x' }),
      /no signature that can be read/,
    ],
  ])('%s is refused', async (_, entries, what) => {
    await expect(archives.take(await tarOf(entries()))).rejects.toEqual(refused(what))
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
    await expect(archives.take(await tarOf(archives.entriesOf(changes)))).rejects.toEqual(
      refused(/The manifest of the archive is not/),
    )
  })

  it('is refused when its key is no Ed25519 key, though the signature may be right', async () => {
    const { generateKeyPairSync } = await import('node:crypto')
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const der = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
    const content = JSON.stringify({ algorithm: 'ed25519', publicKey: der, signature: '' })
    const tar = await tarOf(archives.entriesOf().with(1, { name: 'edgewise-model.sig', content }))
    await expect(archives.take(tar, 'anyone')).rejects.toEqual(refused(/no Ed25519 key/))
  })

  it('is refused when it is not there, or no archive', async () => {
    const missing = importModel({
      file: join(archives.root, 'none.tar'),
      modelsFolder: join(archives.root, 'none'),
      trusted: 'anyone',
      clock: systemClock,
      signal,
    })
    await expect(missing).rejects.toEqual(refused(/none\.tar cannot be read: ENOENT/))
    await expect(archives.take(Buffer.from('x'.repeat(2000)))).rejects.toEqual(refused(/no whole archive of a model/))
  })

  it('is refused wherever it is cut', async () => {
    const end = archives.archive.length - 1024
    for (let length = 0; length <= end - 512; length += 171) {
      await expect(archives.take(archives.archive.subarray(0, length)), `${length} bytes`).rejects.toMatchObject({
        code: 'model-invalid',
      })
    }
  })

  it('gives either exactly what was signed or nothing, whatever bytes are changed', async () => {
    const wanted = await readTree(archives.model.folder)
    const change = fc.record({
      at: fc.nat(archives.archive.length - 1),
      byte: fc.nat(255),
      length: fc.integer({ min: 1, max: 20 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const bytes = Buffer.from(archives.archive)
        for (const { at, byte, length } of changes) bytes.fill(byte, at, Math.min(bytes.length, at + length))
        try {
          const { folder } = await archives.take(bytes)
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
    const options = {
      file: join(archives.root, 'good.tar'),
      modelsFolder: join(archives.root, 'stopped'),
      trusted: 'anyone' as const,
    }
    const onBytes = () => controller.abort()
    await expect(
      importModel({ ...options, clock: systemClock, signal: controller.signal, onBytes }),
    ).rejects.toMatchObject({
      code: 'aborted',
    })
    expect(await readdir(join(archives.root, 'stopped', '.partial'))).toEqual([])
  })
})

import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exportModel } from '../../src/model-store/export-model.ts'
import { importModel } from '../../src/model-store/import-model.ts'
import { openSigningKey } from '../../src/model-store/signing-key.ts'
import { verifyModel } from '../../src/model-store/verify-model.ts'
import { systemClock } from '../../src/spec/system-clock.ts'
import { type Archives, openArchives, refused } from './archive-of-test.ts'
import { readTree } from './store-of-test.ts'

const { signal } = new AbortController()
let archives: Archives
beforeAll(async () => {
  archives = await openArchives()
})
afterAll(() => archives[Symbol.asyncDispose]())

describe('an archive', () => {
  it('brings a model over, byte for byte, into a store that can verify it', async () => {
    const taken = await archives.take(archives.archive)
    expect(taken).toMatchObject({
      manifest: archives.model.manifest,
      fingerprint: archives.key.fingerprint,
      wasThere: false,
    })
    expect(await readTree(taken.folder)).toEqual(await readTree(archives.model.folder))
    expect((await verifyModel({ folder: taken.folder, signal })).faults).toEqual([])
  })

  it('is the same for the same model, and readable by nobody else', async () => {
    const file = join(archives.root, 'again.tar')
    expect(await exportModel({ model: archives.model, file, key: archives.key, signal })).toBe(archives.archive.length)
    expect((await readFile(file)).equals(archives.archive)).toBe(true)
    expect((await stat(file)).mode & 0o077).toBe(0)
    expect((await stat(join(archives.root, 'state', 'model-signing-key.pem'))).mode & 0o777).toBe(0o600)
    expect((await openSigningKey(join(archives.root, 'state'))).fingerprint).toBe(archives.key.fingerprint)
  })

  it('is taken from anybody only when asked to', async () => {
    expect((await archives.take(archives.archive, 'anyone')).fingerprint).toBe(archives.key.fingerprint)
    await expect(archives.take(archives.archive, { fingerprint: 'f'.repeat(64) })).rejects.toEqual(
      refused(/signed by another key: [0-9a-f]{64} instead of f{64}/, 'fingerprint-mismatch'),
    )
  })

  it('changes nothing where the model already is', async () => {
    const file = join(archives.root, 'good.tar')
    const modelsFolder = join(archives.root, 'state', 'models')
    const { folder, wasThere } = await importModel({
      file,
      modelsFolder,
      trusted: 'anyone',
      clock: systemClock,
      signal,
    })
    expect({ folder, wasThere }).toEqual({ folder: archives.model.folder, wasThere: true })
  })

  it('is not made of a model that has changed on disk', async () => {
    const damaged = await archives.storeModel(join(archives.root, 'damaged'))
    await writeFile(join(damaged.folder, 'config.json'), '{"a":2}')
    const exporting = exportModel({
      model: damaged,
      file: join(archives.root, 'damaged.tar'),
      key: archives.key,
      signal,
    })
    await expect(exporting).rejects.toEqual(refused(/config\.json is no longer what was pulled/))
    await truncate(join(damaged.folder, 'config.json'), 3)
    await expect(
      exportModel({ model: damaged, file: join(archives.root, 'damaged.tar'), key: archives.key, signal }),
    ).rejects.toEqual(refused(/no longer/))
    expect((await readdir(archives.root)).filter((name) => name.startsWith('damaged.'))).toEqual([])
  })

  it('is refused when its signing key on disk is no key', async () => {
    await mkdir(join(archives.root, 'other-state'))
    await writeFile(join(archives.root, 'other-state', 'model-signing-key.pem'), 'x')
    await expect(openSigningKey(join(archives.root, 'other-state'))).rejects.toMatchObject({ code: 'store-failed' })
  })
})

it('stops writing an archive when it is told to, and leaves nothing', async () => {
  const controller = new AbortController()
  const exporting = exportModel({
    model: archives.model,
    file: join(archives.root, 'stopped.tar'),
    key: archives.key,
    signal: controller.signal,
    onBytes: () => controller.abort(),
  })
  await expect(exporting).rejects.toMatchObject({ code: 'aborted' })
  await expect(
    exportModel({ model: archives.model, file: join(archives.root, 'no', 'folder.tar'), key: archives.key, signal }),
  ).rejects.toMatchObject({
    code: 'store-failed',
  })
  expect((await readdir(archives.root)).filter((name) => name.startsWith('stopped'))).toEqual([])
})

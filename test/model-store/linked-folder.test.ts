import { cp, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { startOnnxEngine } from '../../src/engines/onnx/onnx-engine.ts'
import { readModelFolder } from '../../src/model-store/folder.ts'
import { systemClock } from '../../src/spec/system-clock.ts'
import { writeTinyDecoder } from '../../src/testing/tiny-decoder/write-tiny-decoder.ts'
import { someRequest } from '../engines/some-request.ts'
import { readTree } from './store-of-test.ts'

const root = await mkdtemp(join(tmpdir(), 'edgewise-links-'))
afterAll(() => rm(root, { recursive: true }))

const plain = join(root, 'plain')
await writeTinyDecoder({ folder: plain, weights: 'external' })
const revision = 'a'.repeat(40)

/** The same model as huggingface_hub keeps it: every file a link into `blobs`. Gives the folder of the snapshot. */
async function cache(name: string): Promise<string> {
  const repository = join(root, name, 'models--acme--Tiny')
  const snapshot = join(repository, 'snapshots', revision)
  await cp(plain, snapshot, { recursive: true })
  await mkdir(join(repository, 'blobs'))
  for (const path of Object.keys(await readTree(snapshot))) {
    const blob = join(repository, 'blobs', `blob-${path.replaceAll('/', '-')}`)
    await rename(join(snapshot, path), blob)
    await symlink(relative(dirname(join(snapshot, path)), blob), join(snapshot, path))
  }
  return snapshot
}

async function answer(folder: string): Promise<string> {
  const options = { threads: 1, kvBudgetBytes: 2 ** 24, clock: systemClock }
  await using engine = await startOnnxEngine({ ...options, manifest: await readModelFolder({ folder }) })
  const parts = await Array.fromAsync(
    engine.generate(someRequest('Hello', { maxTokens: 8 }), new AbortController().signal),
  )
  return parts.map((part) => (part.type === 'text-delta' ? part.text : '')).join('')
}

describe('a cache of huggingface_hub', () => {
  it('is read through its links, under the name of the model', async () => {
    const folder = await cache('read')
    const manifest = await readModelFolder({ folder })
    const written = await readModelFolder({ folder: plain })
    expect(manifest).toMatchObject({ id: 'acme/Tiny', folder, layers: written.layers })
    expect(manifest.variants).toEqual(written.variants)
    expect(manifest.linkedFiles?.length).toBe(Object.keys(await readTree(plain)).length)
    expect(manifest.linkedFiles?.every((path) => dirname(path) === join(folder, '..', '..', 'blobs'))).toBe(true)
  })

  it('answers from its process, which may read the linked files alone, as the plain folder does', async () => {
    expect(await answer(await cache('answer'))).toBe(await answer(plain))
  })

  it('may be named by a link to the snapshot', async () => {
    const folder = await cache('by-link')
    await symlink(folder, join(root, 'my-model'))
    expect(await readModelFolder({ folder: join(root, 'my-model') })).toMatchObject({ folder, id: 'acme/Tiny' })
  })
})

describe('a model folder with a link', () => {
  async function refuses(folder: string, what: RegExp): Promise<void> {
    await expect(readModelFolder({ folder })).rejects.toMatchObject({
      code: 'model-invalid',
      message: expect.stringMatching(what),
    })
  }

  async function relink(folder: string, path: string, target: string): Promise<void> {
    await rm(join(folder, path), { recursive: true })
    await symlink(target, join(folder, path))
  }

  it.each([
    ['tokenizer.json', '/etc/hostname'],
    ['config.json', '../../../secret'],
    ['onnx/model.onnx_data', '../../../../secret'],
    ['onnx/model.onnx', '/dev/zero'],
    ['config.json', '../../refs/main'],
    ['config.json', '../../blobs/deeper/x'],
  ])('%s to %s is refused', async (path, target) => {
    const folder = await cache(`out-${path.replaceAll('/', '-')}-${target.replaceAll('/', '-')}`)
    await writeFile(join(folder, '..', '..', '..', 'secret'), '{}')
    await relink(folder, path, target)
    await refuses(folder, /is a link out of the model's folder, to .*; put the file itself there/)
  })

  it('in blobs itself is refused: it could lead anywhere', async () => {
    const folder = await cache('chain')
    await relink(join(folder, '..', '..', 'blobs'), 'blob-config.json', '/etc/hostname')
    await refuses(folder, /is a link or no regular file/)
  })

  it('to nothing is told as what it is', async () => {
    const folder = await cache('dangling')
    await rm(join(folder, '..', '..', 'blobs', 'blob-tokenizer.json'))
    await refuses(folder, /tokenizer\.json is a link to .*, which is missing: fetch the model again/)
  })

  it('outside of any cache is refused, even to a file beside it', async () => {
    const folder = join(root, 'beside')
    await cp(plain, folder, { recursive: true })
    await rename(join(folder, 'config.json'), join(folder, 'real.json'))
    await symlink('real.json', join(folder, 'config.json'))
    await refuses(folder, /config\.json is a link out of the model's folder/)
  })

  it('in place of its onnx folder is refused', async () => {
    const folder = await cache('folder-link')
    await rename(join(folder, 'onnx'), join(root, 'moved-onnx'))
    await symlink(join(root, 'moved-onnx'), join(folder, 'onnx'))
    await refuses(folder, /onnx is a link out of the model's folder/)
  })

  it('above it that makes blobs another place is refused', async () => {
    const folder = await cache('above')
    const snapshots = join(folder, '..')
    await mkdir(join(root, 'elsewhere', 'blobs'), { recursive: true })
    await cp(join(snapshots, '..', 'blobs'), join(root, 'elsewhere', 'blobs'), { recursive: true })
    await rename(snapshots, join(root, 'elsewhere', 'snapshots'))
    await symlink(join(root, 'elsewhere', 'snapshots'), snapshots)
    await refuses(folder, /leads somewhere else than it seems/)
  })
})

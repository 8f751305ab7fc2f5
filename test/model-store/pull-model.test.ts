import { createHash } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { readModelFolder } from '../../src/model-store/folder.ts'
import { openTestStore, readTree, tinyModelFiles } from './store-of-test.ts'

const id = 'acme/Tiny'
const weights = 'onnx/model_q4.onnx_data'
let files: Record<string, Buffer>
beforeAll(async () => {
  files = await tinyModelFiles()
})

const open = (options: { pageSize?: number } = {}) => openTestStore({ repositories: { [id]: { files } }, ...options })

describe('pulling a model', () => {
  it('fetches the chosen variant whole, with a manifest, into a folder that can be loaded', async () => {
    await using store = await open()
    const { folder, manifest, wasThere } = await store.pull('hf:acme/Tiny')
    const commit = store.hub.commitOf(id)
    expect(wasThere).toBe(false)
    expect(folder).toBe(join(store.modelsFolder, `acme--Tiny@${commit.slice(0, 12)}`))
    const { 'edgewise-model.json': written, ...fetched } = await readTree(folder)
    const { 'onnx/model.onnx': _, ...wanted } = files
    expect(fetched).toEqual(wanted)
    expect(JSON.parse(String(written))).toEqual(manifest)
    expect(manifest).toMatchObject({
      org: 'acme',
      name: 'Tiny',
      revision: 'main',
      commit,
      variant: 'q4',
      source: store.hub.endpoint,
      pulledAt: '2026-01-01T00:00:00.000Z',
    })
    for (const { path, sha256 } of manifest.files) {
      expect(sha256).toBe(
        createHash('sha256')
          .update(files[path] ?? '')
          .digest('hex'),
      )
    }
    expect(await readModelFolder({ folder })).toMatchObject({ id, variants: [{ name: 'q4' }] })
    expect((await stat(folder)).mode & 0o077).toBe(0)
    expect(await readdir(join(store.modelsFolder, '.partial'))).toEqual([])
  })

  it('says what there is, what fits and what is taken, and how far it is', async () => {
    await using store = await open()
    await store.pull('hf:acme/Tiny:fp32')
    const [first] = store.events
    expect(first).toMatchObject({
      type: 'variants',
      offers: [
        { name: 'q4', fits: true },
        { name: 'fp32', fits: true },
      ],
      chosen: { name: 'fp32' },
    })
    const progress = store.events.filter((event) => event.type === 'progress')
    const last = progress.at(-1)
    expect(last?.doneBytes).toBe(last?.totalBytes)
    expect(progress.map(({ doneBytes }) => doneBytes)).toEqual(
      progress.map(({ doneBytes }) => doneBytes).toSorted((a, b) => a - b),
    )
  })

  it('asks each file once, by the commit, and gets the listing page by page', async () => {
    await using store = await open({ pageSize: 3 })
    await store.pull('hf:acme/Tiny')
    const commit = store.hub.commitOf(id)
    const { requests } = store.hub
    expect(requests.filter(({ place }) => place === 'api').length).toBeGreaterThan(3)
    const resolved = requests.filter(({ path }) => path.includes('/resolve/'))
    expect(resolved).toHaveLength(Object.keys(files).length - 1)
    for (const { path } of resolved) expect(path).toContain(`/resolve/${commit}/`)
  })

  it('takes what is there: by commit without asking, by branch after asking what it is', async () => {
    await using store = await open()
    const first = await store.pull('hf:acme/Tiny')
    const asked = store.hub.requests.length
    const again = await store.pull(`hf:acme/Tiny@${store.hub.commitOf(id)}`)
    expect(again).toMatchObject({ folder: first.folder, wasThere: true })
    expect(store.hub.requests.length).toBe(asked)
    expect(await store.pull('hf:acme/Tiny:q4')).toMatchObject({ folder: first.folder, wasThere: true })
    expect(store.hub.requests.slice(asked).every(({ place }) => place === 'api')).toBe(true)
  })

  it('fetches anew when the branch has moved, and keeps the old state', async () => {
    await using store = await open()
    const before = await store.pull('hf:acme/Tiny')
    store.hub.push(id, { files: { ...files, LICENSE: 'changed' } })
    const after = await store.pull('hf:acme/Tiny')
    expect(after.folder).not.toBe(before.folder)
    expect((await readTree(before.folder)).LICENSE).toBe(undefined)
    expect(String((await readTree(after.folder)).LICENSE)).toBe('changed')
  })

  it('puts a named variant beside the first one', async () => {
    await using store = await open()
    await store.pull('hf:acme/Tiny')
    const { folder } = await store.pull('hf:acme/Tiny:FP32')
    expect(folder).toMatch(/--fp32$/)
    expect(Object.keys(await readTree(folder))).not.toContain(weights)
  })

  it('fetches a GGUF file by the name of its quantisation', async () => {
    const gguf = { 'Tiny-Q4_K_M.gguf': Buffer.alloc(9000, 'g'), 'Tiny-F16.gguf': 'other', 'README.md': 'x' }
    await using store = await openTestStore({ repositories: { [id]: { files: gguf } } })
    const { folder } = await store.pull('hf:acme/Tiny:q4_k_m')
    expect(folder).toMatch(/--Q4_K_M$/)
    expect(Object.keys(await readTree(folder))).toEqual(['Tiny-Q4_K_M.gguf', 'edgewise-model.json'])
  })

  it('throws away a variant that comes whole but cannot be used', async () => {
    const { [weights]: _, ...broken } = files
    await using store = await openTestStore({ repositories: { [id]: { files: broken } } })
    await expect(store.pull('hf:acme/Tiny:q4')).rejects.toMatchObject({
      code: 'model-invalid',
      message: expect.stringMatching(/q4 came whole, but cannot be used: .*model_q4.onnx_data is missing/),
    })
    expect(await readdir(store.modelsFolder)).toEqual(['.partial'])
    expect(await readdir(join(store.modelsFolder, '.partial'))).toEqual([])
  })

  it('does not begin without the room for it', async () => {
    await using store = await open()
    const options = { freeDiskBytes: async () => 64 * 2 ** 20 + 1000 }
    await expect(store.pull('hf:acme/Tiny:q4', options)).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringMatching(/q4 needs .* KiB, but .* has 64\.0 MiB free: make room/),
    })
    expect(store.hub.requests.every(({ place }) => place === 'api')).toBe(true)
  })

  it('does not overwrite a folder that is in its place without being a model', async () => {
    await using store = await open()
    const { folder } = await store.pull('hf:acme/Tiny')
    await writeFile(join(folder, 'edgewise-model.json'), '{')
    await expect(store.pull('hf:acme/Tiny')).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringMatching(/is there already, but is no whole model\. Remove it/),
    })
    expect(await readFile(join(folder, 'edgewise-model.json'), 'utf8')).toBe('{')
  })

  it('never fetches what has no plain path, whatever is listed', async () => {
    const hostile = {
      '../evil.json': 'x',
      'onnx/../../config.json': 'x',
      'tokenizer\\.json': 'x',
      '../evil/genai_config.json': '{}',
      '../evil/model.onnx': 'x',
    }
    await using store = await openTestStore({ repositories: { [id]: { files: { ...files, ...hostile } } } })
    const { manifest } = await store.pull('hf:acme/Tiny')
    expect(store.events[0]).toMatchObject({ offers: [{ name: 'q4' }, { name: 'fp32' }] })
    expect(manifest.files.map(({ path }) => path).filter((path) => /\.\.|\\/.test(path))).toEqual([])
    expect(await readdir(store.stateFolder)).toEqual(['models'])
  })
})

import { cp, mkdir, readdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { parseModelReference } from '../../src/model-store/model-reference.ts'
import { listPulledModels } from '../../src/model-store/pulled-models.ts'
import { removeModel } from '../../src/model-store/remove-model.ts'
import { removePartials } from '../../src/model-store/remove-partials.ts'
import { resolveModel } from '../../src/model-store/resolve-model.ts'
import { totalBytes } from '../../src/model-store/total-bytes.ts'
import { verifyModel } from '../../src/model-store/verify-model.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { openTestStore, tinyModelFiles } from './store-of-test.ts'

const id = 'acme/Tiny'
const signal = new AbortController().signal
let files: Record<string, Buffer>
beforeAll(async () => {
  files = await tinyModelFiles()
})

const open = () =>
  openTestStore({ repositories: { [id]: { files }, 'acme/Gguf': { files: { 'G-Q8_0.gguf': 'gguf' } } } })

/** A clock at another day. */
const later = () => {
  const { delay, monotonic, after } = createFakeClock()
  return { now: () => Date.UTC(2026, 5, 1), monotonic, delay, after }
}

describe('a reference in the settings', () => {
  it('is the folder it was pulled into, without the network', async () => {
    await using store = await open()
    const { modelsFolder } = store
    const { folder } = await store.pull('hf:acme/Tiny')
    const commit = store.hub.commitOf(id)
    await store.hub[Symbol.asyncDispose]()
    for (const model of [
      'hf:acme/Tiny',
      'hf:acme/Tiny@main',
      `hf:acme/Tiny@${commit}`,
      `hf:acme/Tiny@${commit.slice(0, 9)}:Q4`,
    ]) {
      expect(await resolveModel({ model, modelsFolder })).toBe(folder)
    }
  })

  it('is the file itself for a GGUF model', async () => {
    await using store = await open()
    const { folder } = await store.pull('hf:acme/Gguf:q8_0')
    const { modelsFolder } = store
    expect(await resolveModel({ model: 'hf:acme/Gguf', modelsFolder })).toBe(join(folder, 'G-Q8_0.gguf'))
  })

  it('means what was pulled last, of variants and of states of a branch', async () => {
    await using store = await open()
    const { modelsFolder } = store
    const { folder: first } = await store.pull('hf:acme/Tiny')
    const { folder: second } = await store.pull('hf:acme/Tiny:fp32', { clock: later() })
    expect(await resolveModel({ model: 'hf:acme/Tiny', modelsFolder })).toBe(second)
    expect(await resolveModel({ model: 'hf:acme/Tiny:q4', modelsFolder })).toBe(first)
    store.hub.push(id, { files: { ...files, LICENSE: 'new' } })
    const { folder: third } = await store.pull('hf:acme/Tiny:q4', { clock: later() })
    expect(await resolveModel({ model: 'hf:acme/Tiny:q4', modelsFolder })).toBe(third)
  })

  it('that was not pulled says how to pull it, and what there is instead', async () => {
    await using store = await open()
    const { modelsFolder } = store
    await expect(resolveModel({ model: 'hf:acme/Tiny:q8', modelsFolder })).rejects.toMatchObject({
      code: 'model-not-found',
      message: `hf:acme/Tiny:q8 is not in ${modelsFolder}. Fetch it with: edgewise model pull hf:acme/Tiny:q8`,
    })
    await store.pull('hf:acme/Tiny')
    await expect(resolveModel({ model: 'hf:acme/Tiny@v2', modelsFolder })).rejects.toMatchObject({
      message: expect.stringMatching(/There is hf:acme\/Tiny@[0-9a-f]{12}:q4\. Fetch it with/),
    })
  })

  it('that is a path stays one', async () => {
    expect(await resolveModel({ model: './models/x', modelsFolder: '/none' })).toBe('./models/x')
    await expect(resolveModel({ model: 'hf:../x', modelsFolder: '/none' })).rejects.toMatchObject({
      code: 'config-invalid',
    })
  })
})

describe('the store', () => {
  it('lists what is whole, tells what is damaged, and passes over everything else', async () => {
    await using store = await open()
    const { modelsFolder } = store
    expect(await listPulledModels(modelsFolder)).toEqual([])
    const { folder, manifest } = await store.pull('hf:acme/Tiny')
    const damaged = join(modelsFolder, `acme--Other@${'0'.repeat(12)}`)
    await cp(folder, join(modelsFolder, `acme--Copy@${'0'.repeat(12)}`), { recursive: true })
    await mkdir(damaged)
    await writeFile(join(damaged, 'edgewise-model.json'), '{"format":1}')
    await mkdir(join(modelsFolder, 'acme--Empty@1'))
    await mkdir(join(modelsFolder, 'mine'))
    expect(await listPulledModels(modelsFolder)).toEqual([
      {
        folder: damaged,
        problem: expect.objectContaining({ code: 'model-invalid', message: expect.stringContaining('is damaged') }),
      },
      { folder, manifest },
    ])
  })

  it('removes a model and says what that frees', async () => {
    await using store = await open()
    const { modelsFolder } = store
    const { folder, manifest } = await store.pull('hf:acme/Tiny')
    expect(await removeModel({ folder, modelsFolder })).toBeGreaterThan(totalBytes(manifest))
    expect(await readdir(modelsFolder)).toEqual(['.partial'])
  })

  it('removes nothing outside, by whatever name', async () => {
    await using store = await open()
    const { modelsFolder, stateFolder } = store
    const { folder } = await store.pull('hf:acme/Tiny')
    const outside = join(stateFolder, 'mine')
    await mkdir(outside)
    await symlink(outside, join(modelsFolder, 'linked'))
    const names = [
      outside,
      stateFolder,
      modelsFolder,
      join(modelsFolder, '..', 'mine'),
      join(modelsFolder, 'linked'),
      join(folder, 'onnx'),
      join(modelsFolder, 'none'),
      '/',
    ]
    for (const name of names) {
      await expect(removeModel({ folder: name, modelsFolder }), name).rejects.toMatchObject({ code: 'config-invalid' })
    }
    expect((await readdir(stateFolder)).toSorted()).toEqual(['mine', 'models'])
    expect(await readdir(folder)).toContain('onnx')
  })

  it('removes what a pull has begun, of that model alone', async () => {
    await using store = await open()
    const { modelsFolder } = store
    const partials = join(modelsFolder, '.partial')
    for (const name of ['acme--Tiny@1', 'acme--Tiny@2--q4', 'acme--Tiny@3', 'acme--Tiny2@1']) {
      await mkdir(join(partials, name), { recursive: true })
      await writeFile(join(partials, name, 'config.json.part'), '12345')
    }
    await writeFile(join(partials, 'acme--Tiny@3.lock'), '')
    expect(await removePartials(modelsFolder, parseModelReference('hf:acme/Tiny'))).toBe(10)
    expect((await readdir(partials)).toSorted()).toEqual(['acme--Tiny2@1', 'acme--Tiny@3', 'acme--Tiny@3.lock'])
  })
})

describe('verifying a model', () => {
  it.each<[string, (folder: string) => Promise<void>, string, RegExp]>([
    [
      'one byte is another',
      (folder) => flip(join(folder, 'tokenizer.json')),
      'tokenizer.json',
      /^has SHA-256 \w+ instead of \w+$/,
    ],
    [
      'it is cut',
      (folder) => truncate(join(folder, 'onnx/model_q4.onnx'), 100),
      'onnx/model_q4.onnx',
      /^has 100 bytes instead of \d+$/,
    ],
    ['it is gone', (folder) => rm(join(folder, 'config.json')), 'config.json', /^is missing$/],
    ['it is a link', (folder) => toLink(join(folder, 'config.json')), 'config.json', /^is a link/],
    [
      'it was added',
      (folder) => writeFile(join(folder, 'onnx', 'model.onnx'), ''),
      'onnx/model.onnx',
      /does not belong/,
    ],
  ])('names the file when %s', async (_, damage, path, because) => {
    await using store = await open()
    const { folder, manifest } = await store.pull('hf:acme/Tiny')
    expect(await verifyModel({ folder, signal })).toEqual({
      manifest,
      files: manifest.files.length,
      bytes: totalBytes(manifest),
      faults: [],
    })
    await damage(folder)
    const { faults } = await verifyModel({ folder, signal })
    expect(faults.find((fault) => fault.path === path)).toEqual({ path, because: expect.stringMatching(because) })
  })

  it('needs a manifest', async () => {
    await using store = await open()
    await expect(verifyModel({ folder: store.stateFolder, signal })).rejects.toMatchObject({
      code: 'model-invalid',
      message: expect.stringMatching(/has no edgewise-model\.json, so there is nothing to compare/),
    })
  })
})

async function flip(path: string): Promise<void> {
  const { readFile } = await import('node:fs/promises')
  const bytes = await readFile(path)
  bytes[50] = (bytes[50] ?? 0) ^ 1
  await writeFile(path, bytes)
}

async function toLink(path: string): Promise<void> {
  await rename(path, `${path}.real`)
  await symlink(`${path}.real`, path)
}

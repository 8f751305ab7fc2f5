import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readOnnxModel } from '../../src/partition/read-onnx-model.ts'
import { checkPartFiles, readPartManifest, readSplitRecord } from '../../src/partition/read-part-folder.ts'
import { type SplitModelOptions, splitModel } from '../../src/partition/split-model.ts'
import type { ModelManifest } from '../../src/spec/model-manifest.ts'
import { writeTinyDecoder } from '../../src/testing/tiny-decoder/write-tiny-decoder.ts'

const { signal } = new AbortController()
let root: string
let manifest: ModelManifest
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'edgewise-split-'))
  // Rows of 160 values: weights that begin at a page boundary follow others that do not end at one.
  const shape = { layers: 4, quantisation: 'q4', intermediateSize: 160, weights: 'external' } as const
  manifest = await writeTinyDecoder({ ...shape, folder: join(root, 'whole') })
})
afterAll(() => rm(root, { recursive: true }))

let count = 0
function split(options: Partial<SplitModelOptions> = {}) {
  return splitModel({ manifest, at: 2, shape: 'two-way', out: join(root, `out-${count++}`), signal, ...options })
}

const weightsOf = async (folder: string) =>
  (await readdir(folder)).filter((name) => name.endsWith('.weights')).toSorted()

describe('splitting a model', () => {
  it('writes two folders, each with its graphs, the weights they need and the tokenizer', async () => {
    const { edge, cloud } = await split()
    expect(edge.manifest.parts).toEqual([{ layers: { start: 0, end: 2 }, graph: 'layers-0-2.onnx' }])
    expect(cloud.manifest.parts).toEqual([
      { layers: { start: 2, end: 4 }, graph: 'layers-2-4.onnx', head: 'head.onnx' },
    ])
    for (const { folder, manifest: written } of [edge, cloud]) {
      expect(await readPartManifest(folder)).toEqual(written)
      const names = written.files.map(({ path }) => path)
      expect([...names, 'edgewise-parts.json'].toSorted()).toEqual((await readdir(folder)).toSorted())
      expect(names).toContain('tokenizer.json')
      await checkPartFiles(folder, written, signal)
    }
    const weights = async (folder: string) => {
      const sizes = (await weightsOf(folder)).map(async (name) => (await stat(join(folder, name))).size)
      return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0)
    }
    const { size: whole } = await stat(join(manifest.folder, 'onnx/model_q4.onnx_data'))
    const shared = 2 * 256 * 8 * 4
    const both = (await weights(edge.folder)) + (await weights(cloud.folder))
    expect(both).toBeLessThan(whole + shared + 4096 * 10)
  })

  it('gives the edge the LM head in a u-shape', async () => {
    const { edge, cloud } = await split({ shape: 'u-shape' })
    expect(edge.manifest.parts[1]).toEqual({ layers: { start: 4, end: 4 }, head: 'head.onnx' })
    expect(cloud.manifest.parts).toEqual([{ layers: { start: 2, end: 4 }, graph: 'layers-2-4.onnx' }])
  })

  it('names a layer by its content: moving the cut moves one layer, and no other file is new', async () => {
    const [before, after] = [await split({ at: 2 }), await split({ at: 3 })]
    const had = await weightsOf(before.edge.folder)
    const has = await weightsOf(after.edge.folder)
    expect(had.filter((name) => !has.includes(name))).toEqual([])
    const added = has.filter((name) => !had.includes(name))
    expect(added).toHaveLength(1)
    expect(await weightsOf(before.cloud.folder)).toEqual(expect.arrayContaining(added))
  })

  it('puts weights of the same values into the parts as the whole has', async () => {
    const { edge } = await split()
    const whole = readOnnxModel(join(manifest.folder, 'onnx/model_q4.onnx'))
    const part = readOnnxModel(join(edge.folder, 'layers-0-2.onnx'))
    const values = async ({ folder, graph }: typeof whole, name: string) => {
      const payload = graph.initializers.get(name)?.payload
      if (payload?.kind !== 'raw') throw new Error(`${name} is not there`)
      return (await readFile(join(folder, payload.file))).subarray(payload.offset, payload.offset + payload.length)
    }
    const large = [...part.graph.initializers.values()].filter(
      ({ payload }) => payload.kind === 'raw' && payload.length > 1024,
    )
    expect(large.length).toBeGreaterThan(8)
    for (const { name } of large) expect((await values(part, name)).equals(await values(whole, name))).toBe(true)
  })

  it('tells how far it is, and how it came about', async () => {
    const told: [number, number][] = []
    const out = join(root, 'told')
    await split({ out, onBytes: (done, total) => told.push([done, total]) })
    expect(told.length).toBeGreaterThan(5)
    expect(told.at(-1)?.[0]).toBe(told.at(-1)?.[1])
    const record = { format: 1, at: 2, shape: 'two-way', whole: manifest.folder, variant: 'q4' }
    expect(await readSplitRecord(out)).toEqual(record)
  })
})

describe('a split that does not come about', () => {
  it.each([0, 4, 1.5])('is refused at %d of 4 layers', async (at) => {
    const what = { code: 'config-invalid', message: expect.stringContaining('can be cut at 1 to 3') }
    await expect(split({ at })).rejects.toMatchObject(what)
  })

  it('is refused into a folder that holds something', async () => {
    const refused = { code: 'config-invalid', message: expect.stringContaining('is not empty') }
    await expect(split({ out: manifest.folder })).rejects.toMatchObject(refused)
  })

  it('leaves no manifest and no half-written file when it is aborted', async () => {
    const out = join(root, 'aborted')
    const stop = new AbortController()
    const aborted = split({ out, signal: stop.signal, onBytes: (done) => done > 20_000 && stop.abort() })
    await expect(aborted).rejects.toThrow(/abort/)
    const names = await readdir(out, { recursive: true })
    expect(names.filter((name) => /partial|json/.test(name))).toEqual([])
  })
})

describe('reading parts', () => {
  it('names the file that is not as it was written', async () => {
    const { edge } = await split()
    const graph = join(edge.folder, 'layers-0-2.onnx')
    const bytes = await readFile(graph)
    await writeFile(graph, bytes.with(bytes.length - 1, 0xff))
    const check = checkPartFiles(edge.folder, edge.manifest, signal)
    await expect(check).rejects.toMatchObject({ message: expect.stringContaining('layers-0-2.onnx has other bytes') })
    await rm(graph)
    const gone = checkPartFiles(edge.folder, edge.manifest, signal)
    await expect(gone).rejects.toMatchObject({ message: expect.stringContaining('has no layers-0-2.onnx') })
  })

  it('refuses a manifest that is none, or that names files elsewhere', async () => {
    const { edge } = await split()
    const path = join(edge.folder, 'edgewise-parts.json')
    expect(await readPartManifest(root)).toBeUndefined()
    const outside = { ...edge.manifest, files: [{ path: '../x', bytes: 1, sha256: '0'.repeat(64) }] }
    for (const text of ['{', '{}', JSON.stringify(outside)]) {
      await writeFile(path, text)
      await expect(readPartManifest(edge.folder)).rejects.toMatchObject({ code: 'model-invalid' })
    }
  })
})

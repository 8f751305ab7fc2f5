import { execFile } from 'node:child_process'
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { loadOnnxModel } from '../../../src/engines/onnx/load-onnx-model.ts'
import { encodeOnnxModel } from '../../../src/partition/encode-onnx-model.ts'
import type { OnnxModel } from '../../../src/partition/onnx-model.ts'
import { makeNode, rewire } from '../../../src/partition/onnx-node.ts'
import { readOnnxModel } from '../../../src/partition/read-onnx-model.ts'
import { makeValueInfo } from '../../../src/partition/value-info.ts'
import type { ModelManifest } from '../../../src/spec/model-manifest.ts'
import { writeTinyDecoder } from '../../../src/testing/tiny-decoder/write-tiny-decoder.ts'

const folder = await mkdtemp(join(tmpdir(), 'edgewise-loading-'))
afterAll(() => rm(folder, { recursive: true }))

/** A tiny decoder whose graph went through `edit`. */
async function edited(name: string, edit: (model: OnnxModel) => OnnxModel): Promise<ModelManifest> {
  const manifest = await writeTinyDecoder({ folder: join(folder, name), weights: 'external' })
  const path = join(manifest.folder, manifest.variants[0]?.path ?? '')
  await writeFile(path, encodeOnnxModel(edit(readOnnxModel(path))))
  return manifest
}

async function firstLogits(manifest: ModelManifest): Promise<readonly number[]> {
  await using model = await loadOnnxModel({ manifest, threads: 1 })
  await using session = model.openSession()
  const { data } = await session.step({ kind: 'tokens', ids: [1, 2, 3] }, 'last')
  return [...data]
}

describe('loading an ONNX model', () => {
  it('takes a decoder whose head it does not know', async () => {
    const manifest = await edited('identity', (model) => {
      const nodes = model.graph.nodes.map((node) =>
        node.outputs.includes('logits') ? rewire(node, { outputs: ['raw'] }) : node,
      )
      const last = makeNode({ name: '/last', op: 'Identity', inputs: ['raw'], outputs: ['logits'] })
      return { ...model, graph: { ...model.graph, nodes: [...nodes, last] } }
    })
    expect(await firstLogits(manifest)).toEqual(await firstLogits(await edited('plain', (model) => model)))
  })

  it('names an input that it cannot feed', async () => {
    const manifest = await edited('input', (model) => {
      const inputs = [...model.graph.inputs, makeValueInfo('pixel_values', 1, [1, 3])]
      return { ...model, graph: { ...model.graph, inputs } }
    })
    const what = /model input, onnx.model.onnx: the graph asks for the input pixel_values/
    await expect(loadOnnxModel({ manifest, threads: 1 })).rejects.toMatchObject({
      code: 'model-invalid',
      message: expect.stringMatching(what),
    })
  })

  it.each([
    [{ layers: 3 }, /4 KV inputs of 2 layers, but the configuration names 3 layers/],
    [{ kvHeads: 4 }, /past_key_values.0.key has 2 KV heads, but the configuration says 4/],
    [{ headDim: 8 }, /16 values a head/],
    [{ vocabulary: 500 }, /logits has 320 logits a row, but the configuration says 500/],
  ])('refuses a configuration that does not fit the graph: %j', async (wrong, what) => {
    const manifest = { ...(await edited('config', (model) => model)), ...wrong }
    await expect(loadOnnxModel({ manifest, threads: 1 })).rejects.toMatchObject({
      code: 'model-invalid',
      message: expect.stringMatching(what),
    })
  })

  it('says what onnxruntime has against a graph', async () => {
    const manifest = await edited('operator', (model) => {
      const nodes = model.graph.nodes.map((node) =>
        node.op === 'Sigmoid' ? makeNode({ ...node, op: 'NoSuchOperator' }) : node,
      )
      return { ...model, graph: { ...model.graph, nodes } }
    })
    const refused = loadOnnxModel({ manifest, threads: 1 })
    await expect(refused).rejects.toMatchObject({
      code: 'model-invalid',
      message: expect.stringMatching(/onnxruntime refuses .*NoSuchOperator/s),
    })
    await expect(refused).rejects.toHaveProperty('cause')
  })

  it('refuses weights that are cut short', async () => {
    const manifest = await edited('short', (model) => model)
    await truncate(join(manifest.folder, 'onnx/model.onnx_data'), 1000)
    await expect(loadOnnxModel({ manifest, threads: 1 })).rejects.toMatchObject({
      code: 'model-invalid',
      message: expect.stringMatching(/model.onnx_data, which has 1000/),
    })
  })

  it('keeps within the table of rotary angles when the configuration promises more', async () => {
    const manifest = {
      ...(await writeTinyDecoder({ folder: join(folder, 'rotary'), contextTokens: 64 })),
      contextTokens: 4096,
    }
    await using model = await loadOnnxModel({ manifest, threads: 1 })
    expect(model.contextTokens).toBe(64)
  })

  it('refuses to use a session while it steps, and after it was closed', async () => {
    await using model = await loadOnnxModel({ manifest: await edited('busy', (graph) => graph), threads: 1 })
    const session = model.openSession()
    const step = session.step({ kind: 'tokens', ids: [1] }, 'last')
    await expect(session.step({ kind: 'tokens', ids: [2] }, 'last')).rejects.toMatchObject({ code: 'internal' })
    await step
    expect(session.position).toBe(1)
    await session[Symbol.asyncDispose]()
    await expect(session.step({ kind: 'tokens', ids: [2] }, 'last')).rejects.toMatchObject({ code: 'internal' })
  })

  it('reads no more than the model folder and the package, and writes nothing', async () => {
    const manifest = await writeTinyDecoder({ folder: join(folder, 'fenced'), quantisation: 'q4' })
    const root = join(import.meta.dirname, '../../..')
    const script = `
      import { loadOnnxModel } from ${JSON.stringify(join(root, 'src/engines/onnx/load-onnx-model.ts'))}
      const model = await loadOnnxModel({ manifest: ${JSON.stringify(manifest)}, threads: 1 })
      const { data } = await model.openSession().step({ kind: 'tokens', ids: [1, 2, 3] }, 'last')
      console.log(JSON.stringify([...data]))`
    const flags = ['--permission', '--allow-addons', `--allow-fs-read=${root}`, `--allow-fs-read=${manifest.folder}`]
    const options = ['--no-warnings', '--input-type=module', '-e', script]
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, ...options], { env: {}, cwd: root })
    expect(JSON.parse(stdout)).toEqual(await firstLogits(manifest))
  })
})

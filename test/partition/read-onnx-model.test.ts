import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeOnnxModel } from '../../src/partition/encode-onnx-model.ts'
import { readOnnxModel } from '../../src/partition/read-onnx-model.ts'
import { WireWriter } from '../../src/partition/wire-writer.ts'
import { writeTinyDecoder } from '../../src/testing/tiny-decoder/write-tiny-decoder.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgewise-onnx-'))
  await writeFile(join(folder, 'weights'), new Uint8Array(64))
})
afterAll(() => rm(folder, { recursive: true }))

const node = (op: string) => new WireWriter().text(1, 'x').text(2, 'y').text(3, `/${op}`).text(4, op)
const onnx = (graph: WireWriter) => new WireWriter().integer(1, 10).message(7, graph).finish()

async function save(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

function external(entries: Readonly<Record<string, string>>, dims: readonly number[]): WireWriter {
  const tensor = new WireWriter()
  for (const dim of dims) tensor.integer(1, dim)
  tensor.integer(2, 1).text(8, 'w').integer(14, 1)
  for (const [key, value] of Object.entries(entries)) tensor.message(13, new WireWriter().text(1, key).text(2, value))
  return new WireWriter().message(5, tensor)
}

describe('reading an ONNX model', () => {
  it('finds nodes, inputs, outputs and shapes, and leaves the weights in the file', async () => {
    const manifest = await writeTinyDecoder({ folder: join(folder, 'tiny') })
    const path = join(manifest.folder, 'onnx/model.onnx')
    const { graph } = readOnnxModel(path)
    expect(graph.inputs.map(({ name }) => name).slice(0, 3)).toEqual([
      'input_ids',
      'attention_mask',
      'past_key_values.0.key',
    ])
    expect(graph.inputs[2]?.dims).toEqual(['batch_size', 2, 'past_sequence_length', 16])
    expect(graph.nodes.filter(({ op }) => op === 'GroupQueryAttention')).toHaveLength(2)
    const head = graph.initializers.get('lm_head.weight')
    if (head?.payload.kind !== 'raw') throw new Error('the head is no raw tensor')
    expect(head).toMatchObject({ dims: [64, 320], dataType: 1, payload: { file: 'model.onnx', length: 64 * 320 * 4 } })
    const values = new Float32Array(
      readFileSync(path).buffer.slice(head.payload.offset, head.payload.offset + head.payload.length),
    )
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)
    expect(deviation).toBeCloseTo(1 / 8, 2)
  })

  it('keeps fields that it does not know, in the model, the graph and the nodes', async () => {
    const strange = node('Relu')
      .text(99, 'node extra')
      .message(5, new WireWriter().text(1, 'alpha').float(2, 0.5).text(98, 'attribute extra'))
    const graph = new WireWriter().message(1, strange).text(2, 'g').text(97, 'graph extra')
    const bytes = new WireWriter().integer(1, 10).text(96, 'model extra').message(7, graph).finish()
    const again = encodeOnnxModel(readOnnxModel(await save('strange.onnx', bytes)))
    for (const extra of ['node extra', 'attribute extra', 'graph extra', 'model extra']) {
      expect(Buffer.from(again).includes(extra)).toBe(true)
    }
  })

  it('gives the same model again after encoding, with weights named by file and offset', async () => {
    const manifest = await writeTinyDecoder({ folder: join(folder, 'again'), quantisation: 'q4' })
    const path = join(manifest.folder, 'onnx/model_q4.onnx')
    const model = readOnnxModel(path)
    const encoded = encodeOnnxModel(model)
    expect(encoded.length).toBeLessThan((manifest.variants[0]?.bytes ?? 0) / 4)
    const copy = join(manifest.folder, 'onnx/copy.onnx')
    await writeFile(copy, encoded)
    const again = readOnnxModel(copy)
    expect(again.graph.nodes).toEqual(model.graph.nodes)
    expect([again.graph.inputs, again.graph.outputs]).toEqual([model.graph.inputs, model.graph.outputs])
    const large = [...model.graph.initializers.values()].filter(
      ({ payload }) => payload.kind === 'raw' && payload.length > 1024,
    )
    expect(large.length).toBeGreaterThan(10)
    for (const tensor of large) expect(again.graph.initializers.get(tensor.name)).toEqual(tensor)
  })

  it('reads a file of 5 GB by its structure alone', async () => {
    const path = join(folder, 'huge.onnx')
    const weights = 5_000_000_000
    const dims = new WireWriter()
      .integer(1, weights / 4)
      .integer(2, 1)
      .text(8, 'w')
      .finish()
    const length = (field: number, bytes: number) =>
      new WireWriter()
        .integer(field, bytes)
        .finish()
        .with(0, field * 8 + 2)
    const rawHeader = length(9, weights)
    const tensorHeader = length(5, dims.length + rawHeader.length + weights)
    const after = new WireWriter().message(1, node('Relu')).finish()
    const graphBytes = tensorHeader.length + dims.length + rawHeader.length + weights + after.length
    const before = Buffer.concat([length(7, graphBytes), tensorHeader, dims, rawHeader])
    const file = openSync(path, 'w')
    writeSync(file, before, 0, before.length, 0)
    ftruncateSync(file, before.length + weights)
    writeSync(file, after, 0, after.length, before.length + weights)
    closeSync(file)
    const { graph } = readOnnxModel(path)
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Relu'])
    const payload = { kind: 'raw', file: 'huge.onnx', offset: before.length, length: weights }
    expect(graph.initializers.get('w')).toMatchObject({ dims: [1_250_000_000], payload })
    await rm(path)
  })
})

describe('reading what is no sound model', () => {
  const invalid = (what: RegExp) =>
    expect.objectContaining({ code: 'model-invalid', message: expect.stringMatching(what) })

  it.each([
    ['an empty file', new Uint8Array(0), /holds no graph/],
    ['text', new TextEncoder().encode('{"model": "no"}'), /wire type|field tag|bytes for field/],
    [
      'a length beyond the end',
      Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x7f),
      /byte 0: .*declares \d+ bytes for field 7, of which 0 are left/,
    ],
    ['a number cut short', Uint8Array.of(0x08, 0x80), /byte 1: .*ends within a number/],
    ['a number of eleven bytes', new Uint8Array(20).fill(0xff), /number|field tag/],
    ['a group', Uint8Array.of(0x3b, 0x3c), /wire type 3/],
    ['two graphs', Buffer.concat([onnx(new WireWriter()), onnx(new WireWriter())]), /holds two graphs/],
    [
      'a name that is no UTF-8',
      onnx(new WireWriter().message(1, new WireWriter().bytes(1, Uint8Array.of(0xff)))),
      /no UTF-8/,
    ],
    ['a name of a megabyte', onnx(new WireWriter().text(2, 'x'.repeat(1 << 20))), /name of 1048576 bytes/],
    ['a negative dimension', onnx(external({ location: 'weights' }, [-4])), /dimension of -4/],
    [
      'weights shorter than their shape',
      onnx(external({ location: 'weights' }, [17])),
      /shape \[17\] of 68 bytes, but holds 64/,
    ],
    [
      'a million empty nodes',
      onnx(new WireWriter().verbatim(Buffer.alloc(2_000_000, Uint8Array.of(0x0a, 0)))),
      /more than 200000 entries/,
    ],
  ])('refuses %s', async (name, bytes, what) => {
    const path = await save(`${name}.onnx`, bytes)
    expect(() => readOnnxModel(path)).toThrow(invalid(what))
  })

  it('refuses a file that is not there, and a folder', () => {
    expect(() => readOnnxModel(join(folder, 'nowhere.onnx'))).toThrow(invalid(/nowhere.onnx cannot be opened/))
    expect(() => readOnnxModel(folder)).toThrow(invalid(/no regular file|cannot be opened/))
  })

  it.each([
    ['../weights', /must lie beside the graph/],
    ['sub/weights', /must lie beside the graph/],
    ['/etc/hostname', /must lie beside the graph/],
    ['..', /must lie beside the graph/],
    ['C:weights', /must lie beside the graph/],
    ['', /must lie beside the graph/],
    ['absent', /absent is missing/],
    ['link', /link is a link/],
    ['folder', /folder is a link or no regular file/],
  ])('refuses external data at %j', async (location, what) => {
    await symlink(join(folder, 'weights'), join(folder, 'link')).catch(() => {})
    await mkdir(join(folder, 'folder'), { recursive: true })
    const path = await save('external.onnx', onnx(external({ location }, [16])))
    expect(() => readOnnxModel(path)).toThrow(invalid(what))
  })

  it('refuses external data in any tensor that is no initializer: attributes, subgraphs, sparse ones, functions, training', async () => {
    const place = new WireWriter().text(1, 'location').text(2, 'weights')
    const tensor = new WireWriter().integer(2, 1).text(8, 'w').integer(14, 1).message(13, place)
    const attribute = (field: number, value: WireWriter) => new WireWriter().text(1, 'value').message(field, value)
    const holder = (value: WireWriter) => new WireWriter().message(1, node('Constant').message(5, value))
    const sparse = new WireWriter().message(1, tensor)
    const subgraph = holder(attribute(5, tensor))
    const models = [
      onnx(holder(attribute(5, tensor))),
      onnx(holder(attribute(10, tensor))),
      onnx(holder(attribute(6, subgraph))),
      onnx(holder(attribute(6, new WireWriter().message(5, tensor)))),
      onnx(holder(attribute(22, sparse))),
      onnx(new WireWriter().message(15, sparse)),
      new WireWriter().message(25, new WireWriter().message(7, node('F').message(5, attribute(5, tensor)))).finish(),
      new WireWriter().message(20, new WireWriter().message(1, subgraph)).finish(),
    ]
    for (const bytes of models) {
      const path = await save('attribute.onnx', bytes)
      expect(() => readOnnxModel(path)).toThrow(invalid(/names a file for a tensor that is no initializer/))
    }
  })

  it.each([
    [{ offset: '1' }, 16, /shape/],
    [{ offset: '32', length: '33' }, 8, /bytes 32 to 65 of weights, which has 64/],
    [{ offset: '99999999999999999999' }, 16, /no number/],
    [{ offset: '-1', length: '64' }, 16, /no number/],
    [{ length: '1e3' }, 16, /no number/],
  ])('refuses external data with %j', async (place, count, what) => {
    const path = await save('place.onnx', onnx(external({ location: 'weights', ...place }, [count])))
    expect(() => readOnnxModel(path)).toThrow(invalid(what))
  })
})

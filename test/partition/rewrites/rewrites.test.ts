import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { encodeOnnxModel } from '../../../src/partition/encode-onnx-model.ts'
import type { OnnxModel } from '../../../src/partition/onnx-model.ts'
import { makeNode, readInt, rewire } from '../../../src/partition/onnx-node.ts'
import { readOnnxModel } from '../../../src/partition/read-onnx-model.ts'
import { setAccuracyLevel } from '../../../src/partition/rewrites/accuracy-level.ts'
import { keepNewKvRows } from '../../../src/partition/rewrites/delta-kv.ts'
import { keepHeadRows } from '../../../src/partition/rewrites/head-rows.ts'
import { type TinyDecoderOptions, writeTinyDecoder } from '../../../src/testing/tiny-decoder/write-tiny-decoder.ts'

const root = await mkdtemp(join(tmpdir(), 'edgewise-rewrites-'))
afterAll(() => rm(root, { recursive: true }))

let count = 0
async function tiny(options: Omit<TinyDecoderOptions, 'folder'> = {}): Promise<OnnxModel> {
  const folder = join(root, String(count++))
  const { variants } = await writeTinyDecoder({ ...options, folder })
  return readOnnxModel(join(folder, variants[0]?.path ?? ''))
}

const kv = new Set([0, 1].flatMap((layer) => [`present.${layer}.key`, `present.${layer}.value`]))

/** What feeds the LM head, through at most one node. */
function beforeHead({ graph }: OnnxModel) {
  const head = graph.nodes.find(({ name }) => name.startsWith('/lm_head/'))
  return graph.nodes.find(({ outputs }) => outputs.includes(head?.inputs[0] ?? ''))
}

describe('keepNewKvRows', () => {
  it('slices every KV output behind its attention, keeping all attributes', async () => {
    const before = await tiny()
    const after = keepNewKvRows(before, kv)
    const slices = after?.graph.nodes.filter(({ op }) => op === 'Slice') ?? []
    expect(new Set(slices.flatMap(({ outputs }) => outputs))).toEqual(kv)
    expect(after?.graph.inputs.slice(-2).map(({ name, dims }) => [name, dims])).toEqual([
      ['edgewise.kv_from', [1]],
      ['edgewise.kv_to', [1]],
    ])
    const attention = (model: OnnxModel | undefined) =>
      model?.graph.nodes.find(({ op }) => op === 'GroupQueryAttention')
    const [old, edited] = [attention(before), attention(after)]
    if (old === undefined || edited === undefined) throw new Error('no attention')
    for (const name of ['num_heads', 'kv_num_heads', 'do_rotary'])
      expect(readInt(edited, name)).toBe(readInt(old, name))
    expect(rewire(edited, { outputs: old.outputs }).bytes).toEqual(old.bytes)
  })

  it('declines a graph whose KV does not come from GroupQueryAttention', async () => {
    expect(keepNewKvRows(await tiny({ shape: 'optimum' }), kv)).toBeUndefined()
  })
})

describe('keepHeadRows', () => {
  it.each(['gqa', 'optimum'] as const)('cuts the rows before the head of a %s graph', async (shape) => {
    const model = keepHeadRows(await tiny({ shape }), 'logits')
    expect(beforeHead(model)).toMatchObject({
      op: 'Slice',
      inputs: [expect.any(String), 'edgewise.head_from', expect.any(String), expect.any(String)],
    })
  })

  it('looks through what follows the head row by row', async () => {
    const model = await tiny()
    const scaled = append(model, { op: 'Mul', inputs: ['raw', 'model.layers.0.input_layernorm.weight'] })
    expect(beforeHead(keepHeadRows(scaled, 'logits'))?.op).toBe('Slice')
  })

  it('cuts the logits themselves where it does not know the head', async () => {
    const model = await tiny()
    const strange = keepHeadRows(append(model, { op: 'Identity', inputs: ['raw'] }), 'logits')
    expect(beforeHead(strange)?.op).toBe('SkipSimplifiedLayerNormalization')
    expect(strange.graph.nodes.at(-1)).toMatchObject({ op: 'Slice', outputs: ['logits'] })
    expect(() => encodeOnnxModel(strange)).not.toThrow()
  })
})

/** The model with one more node between its head, now `raw`, and the logits. */
function append(model: OnnxModel, { op, inputs }: { op: string; inputs: readonly string[] }): OnnxModel {
  const nodes = model.graph.nodes.map((node) =>
    node.outputs.includes('logits') ? rewire(node, { outputs: ['raw'] }) : node,
  )
  return {
    ...model,
    graph: { ...model.graph, nodes: [...nodes, makeNode({ name: '/last', op, inputs, outputs: ['logits'] })] },
  }
}

describe('setAccuracyLevel', () => {
  const levels = ({ graph }: OnnxModel) =>
    new Set(graph.nodes.filter(({ op }) => op === 'MatMulNBits').map((node) => readInt(node, 'accuracy_level')))

  it('sets level 4 where the export does not say', async () => {
    const before = await tiny({ quantisation: 'q4' })
    expect(levels(before)).toEqual(new Set([undefined]))
    expect(levels(setAccuracyLevel(before))).toEqual(new Set([4]))
  })

  it.each([0, 1] as const)('leaves level %i as the export has it', async (accuracyLevel) => {
    const before = await tiny({ quantisation: 'q4', accuracyLevel })
    expect(setAccuracyLevel(before)).toEqual(before)
  })
})

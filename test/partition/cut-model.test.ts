import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { cutModel, type PartOf } from '../../src/partition/cut-model.ts'
import { cutAt, findCuts } from '../../src/partition/find-cuts.ts'
import type { OnnxModel } from '../../src/partition/onnx-model.ts'
import { makeNode, rewire } from '../../src/partition/onnx-node.ts'
import { readOnnxModel } from '../../src/partition/read-onnx-model.ts'
import { groupWeights } from '../../src/partition/weight-groups.ts'
import type { ModelManifest } from '../../src/spec/model-manifest.ts'
import { writeTinyDecoder } from '../../src/testing/tiny-decoder/write-tiny-decoder.ts'
import { cuttable, exportedModel, gpt2 } from './exported-models.ts'

const root = await mkdtemp(join(tmpdir(), 'edgewise-cut-'))
afterAll(() => rm(root, { recursive: true }))

const open = ({ folder, variants }: ModelManifest) => readOnnxModel(join(folder, variants[0]?.path ?? ''))
const names = (values: readonly { readonly name: string }[]) => values.map(({ name }) => name)

function cut(model: OnnxModel, part: PartOf, hiddenSize = 32) {
  return cutModel(model, { cuts: findCuts(model), part, hiddenSize, logits: 'logits' }).graph
}

/** Layers whose KV cache a graph takes. */
function layersOf(graph: OnnxModel['graph']): readonly string[] {
  return [
    ...new Set(names(graph.inputs).flatMap((name) => name.match(/^past_key_values\.(\d+)/)?.[1] ?? [])),
  ].toSorted()
}

describe.each(cuttable)('cutting %s', (name) => {
  it('lets one tensor cross, and nothing of the tokens', async () => {
    const model = open(await exportedModel(name))
    const lower = cut(model, { layers: { start: 0, end: 1 } })
    const upper = cut(model, { layers: { start: 1, end: 3 } })
    expect(names(lower.inputs)).toContain('input_ids')
    expect(lower.outputs[0]).toMatchObject({ name: 'edgewise.hidden_out', dims: ['batch_size', 'sequence_length', 32] })
    expect(upper.inputs[0]).toMatchObject({ name: 'edgewise.hidden_in', dataType: 1 })
    expect(names(upper.inputs)).not.toContain('input_ids')
    expect([layersOf(lower), layersOf(upper)]).toEqual([['0'], ['1', '2']])
    const head = cut(model, 'head')
    expect([names(head.inputs), names(head.outputs)]).toEqual([['edgewise.hidden_in'], ['logits']])
  })

  it('gives each weight to the parts that need it', async () => {
    const model = open(await exportedModel(name))
    const groups = groupWeights(model, findCuts(model))
    const parts = [0, 1, 2].map((start) => cut(model, { layers: { start, end: start + 1 } }))
    for (const [layer, { initializers }] of parts.entries()) {
      const others = [...initializers.keys()]
        .map((tensor) => groups.get(tensor))
        .filter((group) => typeof group === 'number')
      expect(new Set(others)).toEqual(new Set([layer]))
    }
    const all = new Set([...parts, cut(model, 'head')].flatMap(({ initializers }) => [...initializers.keys()]))
    // The builder writes tables of angles for Gemma's global layers even where there is no such layer.
    const read = new Set(model.graph.nodes.flatMap(({ inputs }) => inputs))
    const large = [...model.graph.initializers.values()].filter(({ dims, name }) => dims.length > 1 && read.has(name))
    expect(large.filter((tensor) => !all.has(tensor.name))).toEqual([])
  })
})

describe('a model that cannot be cut', () => {
  it('is refused with what would cross: GPT-2, which asks for the shape of its reshaped tokens', () => {
    const refused = expect.objectContaining({
      code: 'model-invalid',
      message: expect.stringMatching(
        /cannot be cut at 1: the shape of \/transformer\/Reshape_output_0 would cross too/,
      ),
    })
    expect(() => cut(open(gpt2), { layers: { start: 1, end: 3 } })).toThrow(refused)
  })

  it('is refused with the tensors that would cross: a value that leaps over layers', async () => {
    const manifest = await writeTinyDecoder({ folder: join(root, 'leap'), layers: 3 })
    const model = open(manifest)
    // The embedding is added once more behind the last layer.
    const nodes = model.graph.nodes.map((node) =>
      node.name.includes('final_norm') ? rewire(node, { inputs: ['leapt', ...node.inputs.slice(1)] }) : node,
    )
    const at = nodes.findIndex(({ name }) => name.includes('final_norm'))
    const [residual = ''] = model.graph.nodes[at]?.inputs ?? []
    const leap = makeNode({
      name: '/leap',
      op: 'Add',
      inputs: [residual, '/model/embed_tokens/Gather/output_0'],
      outputs: ['leapt'],
    })
    const leaping = { ...model, graph: { ...model.graph, nodes: nodes.toSpliced(at, 0, leap) } }
    const what = /cannot be cut at 1: \d tensors would cross where one may: .*embed_tokens/
    expect(() => cutAt(findCuts(leaping), 1)).toThrow(expect.objectContaining({ message: expect.stringMatching(what) }))
  })

  it('is refused for layers that it does not have, and a graph that is no decoder', async () => {
    const model = open(await writeTinyDecoder({ folder: join(root, 'tiny'), layers: 2 }))
    expect(() => cutAt(findCuts(model), 3)).toThrow(/no cut at 3: the model has 2 layers/)
    for (const [start, end] of [
      [0, 3],
      [1, 1],
      [-1, 1],
      [0.5, 1],
    ] as const) {
      expect(() => cut(model, { layers: { start, end } }, 64)).toThrow(RangeError)
    }
    const inputs = model.graph.inputs.slice(0, 2)
    expect(() => findCuts({ ...model, graph: { ...model.graph, inputs } })).toThrow(/no inputs past_key_values/)
  })
})

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { dataType, tensorBytes } from '../partition/data-type.ts'
import type { OnnxGraph } from '../partition/onnx-model.ts'
import { readInt } from '../partition/onnx-node.ts'
import { readOnnxModel } from '../partition/read-onnx-model.ts'
import { realFile } from '../partition/real-file.ts'

/** How a graph stores its weights: by bits of MatMulNBits, as int8 with activations scaled at run time, or unquantised. */
export type WeightKind = 'q4' | 'q8' | 'int8' | 'fp16' | 'fp32'

/** What a look into a graph tells, without reading its weights. */
export interface GraphFacts {
  readonly weights: WeightKind
  /** True when activations and KV cache are f16. */
  readonly half: boolean
  /** The graph with the files of its external data. */
  readonly bytes: number
}

/** Throws `model-invalid` when the graph is damaged or a file of its weights is missing. */
export async function readGraphFacts(path: string): Promise<GraphFacts> {
  const { graph, folder } = readOnnxModel(path)
  const payloads = [...graph.initializers.values()].flatMap(({ payload }) =>
    payload.kind === 'bytes' ? [] : [payload.file],
  )
  const files = new Set([realFile(path)?.path ?? path, ...payloads.map((file) => join(folder, file))])
  const sizes = await Promise.all([...files].map(async (file) => (await stat(file)).size))
  return {
    weights: weightKind(graph),
    half: graph.inputs.some((input) => input.dataType === dataType.float16),
    bytes: sizes.reduce((sum, bytes) => sum + bytes, 0),
  }
}

function weightKind(graph: OnnxGraph): WeightKind {
  const bits = graph.nodes.filter((node) => node.op === 'MatMulNBits').map((node) => readInt(node, 'bits') ?? 4)
  // Builders keep a few sensitive layers at 8 bits in a 4-bit model: the majority names it.
  if (bits.length > 0) return bits.filter((count) => count <= 4).length * 2 > bits.length ? 'q4' : 'q8'
  if (graph.nodes.some(({ op }) => op.startsWith('MatMulInteger') || op === 'DynamicQuantizeMatMul')) return 'int8'
  return bytesOf(graph, dataType.float16) > bytesOf(graph, dataType.float32) ? 'fp16' : 'fp32'
}

function bytesOf({ initializers }: OnnxGraph, type: number): number {
  return [...initializers.values()]
    .filter((tensor) => tensor.dataType === type)
    .reduce((sum, tensor) => sum + (tensorBytes(type, tensor.dims) ?? 0), 0)
}

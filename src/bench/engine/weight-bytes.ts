import { tensorBytes } from '../../partition/data-type.ts'
import { readOnnxModel } from '../../partition/read-onnx-model.ts'

/** These read a row of a table in each step, not the whole of it: embeddings, and the angles of attention. */
const rowReaders = new Set(['Gather', 'GatherBlockQuantized', 'GroupQueryAttention'])

/** Bytes of weights that a step of one token has to read: all of the graph's constants, without tables of which it reads one row. */
export function weightBytesPerToken(path: string): number {
  const { graph } = readOnnxModel(path)
  const readers = graph.nodes.filter(({ op }) => !rowReaders.has(op))
  const read = new Set(readers.flatMap(({ inputs }) => inputs))
  return [...graph.initializers.values()]
    .filter(({ name }) => read.has(name))
    .reduce((sum, { dataType, dims }) => sum + (tensorBytes(dataType, dims) ?? 0), 0)
}

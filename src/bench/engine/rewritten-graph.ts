import { writeFile } from 'node:fs/promises'
import { encodeOnnxModel } from '../../partition/encode-onnx-model.ts'
import { readOnnxModel } from '../../partition/read-onnx-model.ts'
import { setAccuracyLevel } from '../../partition/rewrites/accuracy-level.ts'
import { keepNewKvRows } from '../../partition/rewrites/delta-kv.ts'
import { keepHeadRows } from '../../partition/rewrites/head-rows.ts'

/** Writes the graph at `path` to `to`, rewritten as the engine rewrites it when it loads. Throws where the engine would not. */
export async function writeRewrittenGraph(path: string, to: string): Promise<void> {
  const original = readOnnxModel(path)
  const kvOutputs = original.graph.outputs.map(({ name }) => name).filter((name) => name.startsWith('present.'))
  const delta = keepNewKvRows(original, new Set(kvOutputs))
  if (delta === undefined) throw new Error(`${path} has KV outputs that come from no GroupQueryAttention`)
  await writeFile(to, encodeOnnxModel(keepHeadRows(setAccuracyLevel(delta), 'logits')))
}

import { readFile } from 'node:fs/promises'
import { InferenceSession } from 'onnxruntime-node'
import { type BareAnswer, bareOptions, bareQuestion } from './bare-protocol.ts'
import { deltaSequence } from './delta-sequence.ts'
import { plainSequence } from './plain-sequence.ts'

// A loop over onnxruntime and nothing else: no tokenizer, no sampler, no streaming. It answers questions one after another.
const { graph, folder, kvCache, threads, kvHeads, headDim } = bareOptions.parse(JSON.parse(process.argv[2] ?? ''))
const openSequence = { plain: plainSequence, delta: deltaSequence }[kvCache]

// The options of src/engines/onnx/onnxruntime.ts.
const session = await InferenceSession.create(await readFile(graph), {
  executionProviders: ['cpu'],
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  logSeverityLevel: 4,
  extra: {
    session: { intra_op: { allow_spinning: '0' }, model_external_initializers_file_folder_path: folder },
  },
})

async function answer(prompt: readonly number[], tokens: number): Promise<BareAnswer> {
  const ids: number[] = []
  const start = performance.now()
  const sequence = openSequence({ session, kvHeads, headDim, rows: prompt.length + tokens })
  let next = largest(await sequence.step(prompt))
  ids.push(next)
  const firstAt = performance.now()
  while (ids.length < tokens) {
    next = largest(await sequence.step([next]))
    ids.push(next)
  }
  const decodeMs = performance.now() - firstAt
  return { firstTokenMs: firstAt - start, decodeMs, ids, rssMiB: process.memoryUsage.rss() / 2 ** 20 }
}

function largest(logits: Float32Array): number {
  let best = 0
  for (let id = 1; id < logits.length; id++) if ((logits[id] ?? 0) > (logits[best] ?? 0)) best = id
  return best
}

process.once('disconnect', () => process.exit(0))
process.on('message', async (message) => {
  const { prompt, tokens } = bareQuestion.parse(message)
  process.send?.(await answer(prompt, tokens))
})
process.send?.('ready')

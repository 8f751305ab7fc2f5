import { type LlamaContext, loadLlama } from '../../engines/llama-cpp/llama-library.ts'
import { type BareAnswer, bareQuestion } from './bare-protocol.ts'
import { llamaBareOptions } from './llama-bare-options.ts'

// A loop over node-llama-cpp's own evaluate and nothing else: no chat template, no streaming. It answers questions one after another.
const { path, library, threads, contextTokens } = llamaBareOptions.parse(JSON.parse(process.argv[2] ?? ''))

interface BareSequence {
  evaluate(tokens: number[], options: object): AsyncGenerator<number>
  clearHistory(): Promise<void>
}

const llama = await loadLlama({ library, threads })
const model = await llama.loadModel({ modelPath: path, gpuLayers: 0, ignoreMemorySafetyChecks: true })
const context: LlamaContext = await model.createContext({
  contextSize: contextTokens + 1,
  sequences: 1,
  // The library's own choice for this context.
  batchSize: 512,
  threads,
  swaFullCache: true,
  ignoreMemorySafetyChecks: true,
  failedCreationRemedy: false,
})
const sequence = context.getSequence() as unknown as BareSequence

async function answer(prompt: number[], tokens: number): Promise<BareAnswer> {
  await sequence.clearHistory()
  const ids: number[] = []
  const start = performance.now()
  let firstAt = start
  for await (const id of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
    ids.push(id)
    if (ids.length === 1) firstAt = performance.now()
    if (ids.length === tokens) break
  }
  const decodeMs = performance.now() - firstAt
  return { firstTokenMs: firstAt - start, decodeMs, ids, rssMiB: process.memoryUsage.rss() / 2 ** 20 }
}

process.once('disconnect', () => process.exit(0))
process.on('message', async (message) => {
  const { prompt, tokens } = bareQuestion.parse(message)
  process.send?.(await answer(prompt, tokens))
})
process.send?.('ready')

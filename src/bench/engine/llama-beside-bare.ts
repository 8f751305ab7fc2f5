import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findLlamaLibrary } from '../../engines/llama-cpp/find-llama-library.ts'
import { startLlamaCppEngine } from '../../engines/llama-cpp/llama-cpp-engine.ts'
import { systemClock } from '../../spec/system-clock.ts'
import { tinyTokenizer, tinyTokenizerConfig } from '../../testing/tiny-decoder/tiny-tokenizer.ts'
import { type TinyGgufShape, writeTinyGguf } from '../../testing/tiny-gguf/write-tiny-gguf.ts'
import type { BenchContext, Figure } from '../bench.ts'
import { startBareProcess } from './bare-runner.ts'
import { engineRunner, requireShownFirstToken } from './edgewise-runner.ts'
import type { LlamaBareOptions } from './llama-bare-options.ts'
import { type LlamaRuns, llamaFigures } from './llama-figures.ts'
import { type PromptMaker, promptMaker } from './prompt-maker.ts'
import type { TimedAnswer } from './runner.ts'

/** As SmolLM2-135M in Q8_0. */
const shape135m: TinyGgufShape = {
  layers: 30,
  hiddenSize: 576,
  intermediateSize: 1536,
  heads: 9,
  kvHeads: 3,
  vocabulary: 49_152,
  contextTokens: 1024,
  type: 'q8_0',
}

export interface LlamaOptions extends BenchContext {
  readonly rounds: number
  readonly threads: number
  /** Folder for the model. */
  readonly scratch: string
  readonly shape?: TinyGgufShape
  /** How the figures call it. */
  readonly size?: string
  /** Tokens of each prompt. */
  readonly promptLengths?: readonly number[]
  /** Tokens generated behind each prompt. */
  readonly tokens?: number
}

/**
 * The llama.cpp engine beside a loop over node-llama-cpp's own evaluate, which draws greedily in native code: a GGUF model with random weights whose
 * logits spread as a trained model's. In turns, round by round, with new processes each. Nothing where node-llama-cpp is not installed.
 */
export async function measureLlama(options: LlamaOptions): Promise<readonly Figure[]> {
  const {
    say,
    rounds,
    scratch,
    shape = shape135m,
    size = '135m q8_0',
    promptLengths = [128, 512],
    tokens = 64,
  } = options
  const modules = process.env.EDGEWISE_LLAMA_MODULES
  const found = await findLlamaLibrary(modules).catch((error: Error) => error)
  if (found instanceof Error) {
    say(`left out: ${found.message} (or name its node_modules in EDGEWISE_LLAMA_MODULES)`)
    return []
  }
  say(`writing a GGUF model of the size ${size}`)
  const path = join(scratch, 'llama', 'random.gguf')
  await writeTinyGguf({ path, ...shape, logitDeviation: 8, ends: false })
  const prompts = await promptsFor(join(scratch, 'llama'), shape)
  const runs = promptLengths.map((length) => ({
    prompt: prompts.ofLength(length),
    tokens,
    edgewise: [] as TimedAnswer[],
    bare: [] as TimedAnswer[],
  }))
  for (let round = 1; round <= rounds; round++) {
    say(`${size} GGUF, round ${round} of ${rounds}`)
    await measureRound({ ...options, path, library: found.entry, contextTokens: shape.contextTokens, modules }, runs)
  }
  return runs.flatMap((one) => llamaFigures(one, size))
}

interface Round extends LlamaBareOptions {
  readonly modules: string | undefined
}

type GrowingRuns = LlamaRuns & { readonly edgewise: TimedAnswer[]; readonly bare: TimedAnswer[] }

async function measureRound(
  { path, library, threads, contextTokens, modules }: Round,
  runs: readonly GrowingRuns[],
): Promise<void> {
  const place = modules === undefined ? {} : { modules }
  const engine = await startLlamaCppEngine({ path, threads, kvBudgetBytes: 2 ** 28, clock: systemClock, ...place })
  await using edgewise = engineRunner(engine)
  const options: LlamaBareOptions = { path, library, threads, contextTokens }
  await using bare = await startBareProcess('llama-bare-process', options, path)
  for (const { prompt } of runs) {
    await requireShownFirstToken(edgewise, prompt)
    for (const runner of [edgewise, bare]) await runner.answer(prompt, 2)
  }
  for (const { prompt, tokens, edgewise: ours, bare: theirs } of runs) {
    // Always in turns: whoever answers twice running finds its weights in the cache.
    for (let time = 0; time < 2; time++) {
      ours.push(await edgewise.answer(prompt, tokens))
      theirs.push(await bare.answer(prompt, tokens))
    }
  }
}

/** The words of the model, from the files that an ONNX export of it would have. */
async function promptsFor(folder: string, { vocabulary, contextTokens }: TinyGgufShape): Promise<PromptMaker> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tinyTokenizer(vocabulary)))
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(tinyTokenizerConfig(contextTokens)))
  return promptMaker(folder)
}

import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { Session, SessionModel } from '../engine.ts'
import { type ChatTemplate, createChatTemplate } from '../tokenizer/chat-template.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { readGgufFacts } from './gguf-metadata.ts'
import { createGgufTokenizer, templateTokens } from './gguf-tokenizer.ts'
import { type Llama, type LlamaModel, loadLlama } from './llama-library.ts'
import { LlamaSession, type LoadedLlama } from './llama-session.ts'
import { planSequences } from './sequence-plan.ts'
import { createSequencePool } from './sequence-pool.ts'

export interface LoadLlamaModelOptions {
  /** The .gguf file. */
  readonly path: string
  /** Id by which errors name the model. */
  readonly model: string
  /** URL of node-llama-cpp's entry. */
  readonly library: string
  /** Threads that one step may use. */
  readonly threads: number
  /** Memory for all KV caches together; it is taken at once. */
  readonly kvBudgetBytes: number
  /** Tokens whose logits a step gives, the most probable ones. */
  readonly candidates?: number
}

/** A GGUF model with all that the generation loop needs. */
export interface LoadedLlamaModel {
  readonly sessions: SessionModel
  readonly tokenizer: Tokenizer
  readonly template: ChatTemplate
  /** Tokens that end an answer. */
  readonly endIds: ReadonlySet<number>
  /** Memory of all its sequences. */
  readonly kvBytes: number
}

/** Steps of 64 take 7 % longer for the same prompt, steps of 512 save 2 % and let others wait four times as long. */
const prefillTokens = 128

/** More than llama.cpp's own default of 40. Up to 128 it picks them in one pass; more would cost over 5 % of a step of a small model. */
export const mostCandidates = 128

/** Loads a GGUF file with llama.cpp for the CPU. Throws `model-invalid` for a damaged file, `engine-unavailable` without the library. */
export async function loadLlamaModel(options: LoadLlamaModelOptions): Promise<LoadedLlamaModel> {
  const llama = await loadLlama(options)
  try {
    return await load(llama, options)
  } catch (thrown) {
    await llama.dispose()
    throw asEdgewiseError(thrown, 'model-invalid', `llama.cpp refuses ${options.path}: ${(thrown as Error).message}`)
  }
}

async function load(llama: Llama, options: LoadLlamaModelOptions): Promise<LoadedLlamaModel> {
  const { path, model: id, threads, kvBudgetBytes, candidates = mostCandidates } = options
  const model = await llama.loadModel({ modelPath: path, gpuLayers: 0, ignoreMemorySafetyChecks: true })
  const { tokenizer: facts, layers, kvBytesPerToken } = readGgufFacts(model.fileInfo.metadata)
  const template = createChatTemplate({ chatTemplate: facts.chat_template, config: templateTokens(facts) })
  const { sequences, contextTokens } = planSequences({
    trainedTokens: model.trainContextSize,
    kvBytesPerToken,
    kvBudgetBytes,
  })
  if (contextTokens < 2) {
    const needed = Math.ceil((2 * kvBytesPerToken) / 2 ** 20)
    throw new EdgewiseError('config-invalid', `kvBudgetMiB is too small for ${id}: set it to ${needed} at least`)
  }
  const context = await model.createContext({
    // llama.cpp keeps one place free.
    contextSize: contextTokens + 1,
    sequences,
    batchSize: prefillTokens,
    threads,
    // A sliding window's cache could not be rewound.
    swaFullCache: true,
    ignoreMemorySafetyChecks: true,
    failedCreationRemedy: false,
  })
  const shared: LoadedLlama = {
    id,
    pool: createSequencePool(context, sequences),
    vocabulary: facts.ggml.tokens.length,
    contextTokens,
    sequenceBytes: contextTokens * kvBytesPerToken,
    candidates,
  }
  return {
    sessions: sessionsOf(shared, { layers, kvBytesPerToken, close: () => llama.dispose() }),
    tokenizer: createGgufTokenizer(model, facts),
    template,
    endIds: endTokens(model, facts.ggml.tokens.length),
    kvBytes: sequences * shared.sequenceBytes,
  }
}

function sessionsOf(
  shared: LoadedLlama,
  { layers, kvBytesPerToken, close }: { layers: number; kvBytesPerToken: number; close: () => Promise<void> },
): SessionModel {
  return {
    layers: { start: 0, end: layers },
    rowSize: shared.vocabulary,
    contextTokens: shared.contextTokens,
    kvBytesPerToken,
    kvBytesPerSession: shared.sequenceBytes,
    prefillTokens,
    openSession: (): Session => new LlamaSession(shared),
    [Symbol.asyncDispose]: close,
  }
}

function endTokens(model: LlamaModel, vocabulary: number): ReadonlySet<number> {
  const ends = new Set<number>()
  for (let id = 0; id < vocabulary; id++) if (model.isEogToken(id)) ends.add(id)
  return ends
}

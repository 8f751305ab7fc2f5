import { registerHooks } from 'node:module'
import { EdgewiseError } from '../../spec/errors.ts'

/** One token and what its probability is, most probable first. */
export type TokenProbabilities = ReadonlyMap<number, number>

/** How node-llama-cpp is to draw the next token. A `topK` of n leaves the n most probable tokens. */
export interface DrawOptions {
  readonly temperature: number
  readonly topK: number
  readonly topP: number
}

/** The parts of node-llama-cpp's `LlamaContextSequence` that are used here. */
export interface LlamaSequence {
  evaluateWithMetadata(
    tokens: number[],
    metadata: { readonly probabilities: true },
    options: DrawOptions & { readonly yieldEogToken: true },
  ): AsyncGenerator<{ readonly probabilities: TokenProbabilities }, void, number[]>
  controlledEvaluate(
    input: [number, { generateNext: { probabilities: true; options: DrawOptions } }][],
  ): Promise<({ readonly next: { readonly probabilities?: TokenProbabilities } } | undefined)[]>
  eraseContextTokenRanges(ranges: { start: number; end: number }[]): Promise<void>
  clearHistory(): Promise<void>
}

export interface LlamaContext {
  getSequence(): LlamaSequence
  dispose(): Promise<void>
}

/** The parts of node-llama-cpp's `LlamaModel` that are used here. */
export interface LlamaModel {
  readonly trainContextSize: number
  /** Metadata of the file as a tree: `tokenizer.chat_template` is `{ tokenizer: { chat_template } }`. */
  readonly fileInfo: { readonly metadata: unknown }
  readonly tokens: { readonly bos: number | null; readonly shouldPrependBosToken: boolean }
  /** Without `specialTokens`, what looks like a control token is mere text. */
  tokenize(text: string, specialTokens: boolean): number[]
  isEogToken(token: number): boolean
  createContext(options: {
    readonly contextSize: number
    readonly sequences: number
    readonly batchSize: number
    readonly threads: number
    readonly swaFullCache: boolean
    readonly ignoreMemorySafetyChecks: boolean
    readonly failedCreationRemedy: false
  }): Promise<LlamaContext>
}

/** The parts of node-llama-cpp's `Llama` that are used here. */
export interface Llama {
  loadModel(options: {
    readonly modelPath: string
    readonly gpuLayers: 0
    readonly ignoreMemorySafetyChecks: boolean
  }): Promise<LlamaModel>
  dispose(): Promise<void>
}

interface LlamaLibrary {
  getLlama(options: {
    readonly gpu: false
    readonly build: 'never'
    readonly skipDownload: true
    readonly progressLogs: false
    readonly logLevel: 'error'
    readonly logger: (level: string, message: string) => void
    readonly maxThreads: number
  }): Promise<Llama>
}

/** The library forks a process to try its native code in. An engine process is there for just that, and may start no other. */
const ownTest = '/dist/bindings/utils/testBindingBinary.js'

/**
 * Loads node-llama-cpp from the URL of its entry, with prebuilt code for the CPU: nothing is built or fetched. Throws
 * `engine-unavailable` with the reason when it does not load here.
 */
export async function loadLlama({ library, threads }: { library: string; threads: number }): Promise<Llama> {
  const hooks = registerHooks({
    load: (url, context, next) =>
      url.endsWith(ownTest)
        ? { format: 'module', source: 'export const testBindingBinary = async () => true', shortCircuit: true }
        : next(url, context),
  })
  try {
    const { getLlama } = (await import(library)) as LlamaLibrary
    return await getLlama({
      gpu: false,
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      logLevel: 'error',
      // What goes wrong is thrown; without this it is printed as well.
      logger: () => undefined,
      maxThreads: threads,
    })
  } catch (cause) {
    throw new EdgewiseError(
      'engine-unavailable',
      `node-llama-cpp does not load on ${process.platform} ${process.arch}: ${(cause as Error).message}. Install it anew where the edge runs: npm install node-llama-cpp`,
      { cause },
    )
  } finally {
    hooks.deregister()
  }
}

import type { Random } from '../../spec/ports.ts'
import { createSessionGenerator, type SessionGenerator } from '../generation/session-generator.ts'
import { type LoadLlamaModelOptions, loadLlamaModel } from './load-llama-model.ts'

export interface LoadLlamaGeneratorOptions extends LoadLlamaModelOptions {
  /** For requests without a seed. */
  readonly random: Random
  /** Monotonic milliseconds. */
  readonly monotonic: () => number
}

/** Loads a GGUF model behind the generation loop, and measures its speed on a few steps. Throws as `loadLlamaModel`. */
export async function loadLlamaGenerator(options: LoadLlamaGeneratorOptions): Promise<SessionGenerator> {
  const { model, random, monotonic } = options
  const { kvBytes, ...parts } = await loadLlamaModel(options)
  const generator = createSessionGenerator({ ...parts, model, kvBudgetBytes: kvBytes, random, monotonic })
  try {
    await generator.warmUp()
    return generator
  } catch (thrown) {
    await generator[Symbol.asyncDispose]()
    throw thrown
  }
}

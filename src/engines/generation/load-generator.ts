import type { ModelManifest } from '../../spec/model-manifest.ts'
import type { Random } from '../../spec/ports.ts'
import type { SessionModel } from '../engine.ts'
import { createChatTemplate } from '../tokenizer/chat-template.ts'
import { createTokenizer } from '../tokenizer/tokenizer.ts'
import { readTokenizerFiles, tokenText } from '../tokenizer/tokenizer-files.ts'
import { createSessionGenerator, type SessionGenerator } from './session-generator.ts'

export interface LoadGeneratorOptions {
  readonly manifest: ModelManifest
  /** Id by which requests name the model. */
  readonly model: string
  readonly threads: number
  readonly kvBudgetBytes: number
  /** Loads the network itself. */
  readonly openModel: (options: { readonly manifest: ModelManifest; readonly threads: number }) => Promise<SessionModel>
  readonly random: Random
  readonly monotonic: () => number
}

/** Loads a model with its tokenizer and chat template, and measures its speed on a few steps. Throws `model-invalid` with what is wrong. */
export async function loadGenerator(options: LoadGeneratorOptions): Promise<SessionGenerator> {
  const { manifest, openModel, threads } = options
  // The text side first: it is read in milliseconds, a network may take seconds.
  const files = await readTokenizerFiles(manifest.folder)
  const tokenizer = createTokenizer(files)
  const template = createChatTemplate(files)
  const endOfText = tokenizer.controlId(tokenText(files.config.eos_token) ?? '')
  const endIds = new Set([...manifest.eosTokenIds, ...(endOfText === undefined ? [] : [endOfText])])
  const sessions = await openModel({ manifest, threads })
  const generator = createSessionGenerator({ ...options, sessions, tokenizer, template, endIds })
  try {
    await generator.warmUp()
    return generator
  } catch (thrown) {
    await generator[Symbol.asyncDispose]()
    throw thrown
  }
}

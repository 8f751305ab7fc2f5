import { readFile } from 'node:fs/promises'
import { EdgewiseError } from '../../spec/errors.ts'
import type { TokenClass } from '../../spec/ports.ts'
import { type Inference, loadInference } from '../onnx/onnxruntime.ts'
import { decodeNames } from './name-decoding.ts'
import { nameFeatures } from './name-features.ts'
import type { NameModelFolder } from './name-model-settings.ts'
import { type NameToken, nameTokens } from './name-tokens.ts'
import type { LoadNames } from './names-protocol.ts'
import { requireReadable } from './require-readable.ts'
import { tokenWindows } from './token-windows.ts'

/** A loaded name model. */
export interface NameReader extends AsyncDisposable {
  /** What each text names, surer than the model's least score. Each text is read by itself, a long one in windows. Throws `aborted`, and what `requireReadable` does. */
  classify(texts: readonly string[], signal: AbortSignal): Promise<readonly (readonly TokenClass[])[]>
}

/** Loads a name model with onnxruntime. Throws `model-invalid` when its graph is damaged or does not fit its settings. */
export async function loadNameReader({ model, threads, windowTokens }: LoadNames): Promise<NameReader> {
  const { folder, path } = model
  const inference = await load(await readFile(path), { folder, path, threads })
  const loaded = { model, inference, windowTokens }
  // The first step also makes the graph ready for all others.
  await readText(loaded, 'Ada', new AbortController().signal)
  return {
    async classify(texts, signal) {
      requireReadable(texts)
      const found: (readonly TokenClass[])[] = []
      for (const text of texts) {
        // A call that was aborted while it waited ends here, before it costs anything.
        await turn()
        requireWanted(signal)
        found.push(await readText(loaded, text, signal))
      }
      return found
    },
    [Symbol.asyncDispose]: () => inference.release(),
  }
}

async function load(
  graph: Uint8Array,
  { folder, path, threads }: { readonly folder: string; readonly path: string; readonly threads: number },
): Promise<Inference> {
  try {
    return await loadInference({ graph, folder, threads })
  } catch (cause) {
    if (cause instanceof EdgewiseError) throw cause
    throw new EdgewiseError('model-invalid', `onnxruntime refuses ${path}: ${(cause as Error).message}`, { cause })
  }
}

interface Loaded {
  readonly model: NameModelFolder
  readonly inference: Inference
  readonly windowTokens: number
}

async function readText(loaded: Loaded, text: string, signal: AbortSignal): Promise<readonly TokenClass[]> {
  const { tags, receptiveField, minScore, minScores } = loaded.model.settings
  if (!/\p{L}/u.test(text)) return []
  const tokens = nameTokens(text)
  // (tokens, tags)
  const logits = new Float32Array(tokens.length * tags.length)
  const size = { tokens: loaded.windowTokens, receptiveField }
  for (const { from, to, start, end } of tokenWindows(tokens.length, size)) {
    if (start > 0) await turn()
    requireWanted(signal)
    const window = await logitsOf(loaded, text, tokens.slice(from, to))
    logits.set(window.subarray((start - from) * tags.length, (end - from) * tags.length), start * tags.length)
  }
  return decodeNames(logits, tokens, tags).filter(({ entity, score }) => score >= (minScores?.[entity] ?? minScore))
}

/** Lets messages in, of which one may abort the call. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function requireWanted({ aborted }: AbortSignal): void {
  if (aborted) throw new EdgewiseError('aborted', 'the request was aborted')
}

/** Row-major (tokens, tags). */
async function logitsOf(
  { model, inference }: Loaded,
  text: string,
  tokens: readonly NameToken[],
): Promise<Float32Array> {
  const { features, tags } = model.settings
  const data = nameFeatures(text, tokens, features)
  const given = await inference.run({ features: { dims: [tokens.length, features.length], data } }).catch((cause) => {
    throw new EdgewiseError('model-invalid', `onnxruntime cannot run ${model.path}: it takes other features`, { cause })
  })
  const logits = given.logits?.data
  if (logits instanceof Float32Array && logits.length === tokens.length * tags.length) return logits
  throw new EdgewiseError(
    'model-invalid',
    `${model.path} does not give the logits of ${tags.length} tags for each token`,
  )
}

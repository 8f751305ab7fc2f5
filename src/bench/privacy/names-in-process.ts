import { bundledNameModel } from '../../edge/presets/local-names.ts'
import { loadNameReader } from '../../engines/names/load-name-reader.ts'
import { readNameModel } from '../../engines/names/name-model-settings.ts'
import { createDetector } from '../../privacy/detector.ts'
import type { TextDetector } from '../../privacy/guard/inspect.ts'
import { createNameDetector } from '../../privacy/name-detector.ts'

/** A detector whose name model runs in this very process, so that its CPU time can be told from that of other programs. Only for measuring. */
export async function namesInProcess(
  names = bundledNameModel,
): Promise<AsyncDisposable & { readonly detector: TextDetector }> {
  if (names === 'none') return { detector: createDetector(), [Symbol.asyncDispose]: async () => undefined }
  const reader = await loadNameReader({ model: await readNameModel(names), threads: 1, windowTokens: 1024 })
  return {
    detector: createNameDetector({
      recognizers: createDetector(),
      classify: (texts, signal) => reader.classify(texts, signal),
    }),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  }
}

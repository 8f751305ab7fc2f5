import { deliverVectors, embeddedTexts } from '../../src/engines/embedder.ts'
import type { Generator } from '../../src/engines/engine.ts'
import type { InferenceRequest } from '../../src/spec/request.ts'

/** An embedding model whose vectors are the length of a text, and a number of its own. */
export function countingEmbedder(model: string, own: number) {
  const calls: InferenceRequest[] = []
  let down: string | undefined
  const generator: Generator = {
    model,
    capabilities: new Set(['embeddings']),
    unavailable: () => down,
    async *generate(request) {
      calls.push(request)
      const texts = embeddedTexts(request)
      const vectors = texts.map((text) => Float32Array.of(text.length, own))
      yield deliverVectors(request, { vectors, promptTokens: texts.join(' ').split(' ').length })
    },
    async [Symbol.asyncDispose]() {},
  }
  return {
    ...generator,
    calls,
    setUnavailable(reason: string | undefined) {
      down = reason
    },
  }
}

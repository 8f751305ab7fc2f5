import type { TinyShape } from '../../testing/tiny-decoder/tiny-shape.ts'

const common = { contextTokens: 1024, quantisation: 'q4', accuracyLevel: 4 } as const

/** Sizes of real decoders, written with random weights: speed does not depend on what the weights say. */
export const decoderSizes = {
  // As SmolLM2-135M.
  '135m': {
    ...common,
    layers: 30,
    hiddenSize: 576,
    intermediateSize: 1536,
    heads: 9,
    kvHeads: 3,
    vocabulary: 49_152,
  },
  // As Qwen2.5-0.5B.
  '0.5b': {
    ...common,
    layers: 24,
    hiddenSize: 896,
    intermediateSize: 4864,
    heads: 14,
    kvHeads: 2,
    vocabulary: 151_936,
  },
} as const satisfies Record<string, TinyShape>

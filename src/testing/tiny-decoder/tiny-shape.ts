/** What a tiny decoder is made of. */
export interface TinyShape {
  readonly layers: number
  readonly hiddenSize: number
  readonly intermediateSize: number
  readonly heads: number
  readonly kvHeads: number
  readonly vocabulary: number
  readonly contextTokens: number
  /** `q4` and `q8`: MatMulNBits in blocks of 32; `q4f16`: the same between f16 activations. */
  readonly quantisation: 'fp32' | 'fp16' | 'q4' | 'q4f16' | 'q8'
  /** Accuracy level of MatMulNBits; absent: the graph does not say. */
  readonly accuracyLevel: 0 | 1 | 4 | undefined
}

/** Quantised rows are cut into blocks of so many values, each with its own scale. */
export const blockSize = 32

/** Base of the rotary angles. */
export const rotaryBase = 10_000

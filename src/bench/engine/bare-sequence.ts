import type { InferenceSession } from 'onnxruntime-node'

/** One sequence, stepped with as little code as onnxruntime allows. */
export interface BareSequence {
  /** Appends tokens; gives the logits (vocabulary) behind the last of them. */
  step(ids: readonly number[]): Promise<Float32Array>
}

/** What a sequence needs to know of a model with f32 activations. */
export interface BareSequenceOptions {
  readonly session: InferenceSession
  readonly kvHeads: number
  readonly headDim: number
  /** Tokens that the sequence will have in the end. */
  readonly rows: number
}

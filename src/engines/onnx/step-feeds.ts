import type { StepInput } from './decoder-signature.ts'
import type { Tensor, Tensors } from './onnxruntime.ts'

export interface StepFeedsOptions {
  /** The step inputs that the graph has, with their number of dimensions. */
  readonly inputs: ReadonlyMap<StepInput, number>
  /** Tokens before this step. */
  readonly start: number
  /** Tokens of this step. */
  readonly count: number
  /** Absent where hidden states are fed instead. */
  readonly ids?: readonly number[]
}

/** What a graph is fed for a step beside KV cache and hidden states. */
export function stepFeeds({ inputs, start, count, ids }: StepFeedsOptions): Tensors {
  const feeds: Record<string, Tensor> = {}
  if (ids !== undefined) feeds.input_ids = { data: BigInt64Array.from(ids, BigInt), dims: [1, count] }
  if (inputs.has('attention_mask')) {
    feeds.attention_mask = { data: new BigInt64Array(start + count).fill(1n), dims: [1, start + count] }
  }
  if (inputs.has('position_ids')) {
    const positions = BigInt64Array.from({ length: count }, (_, index) => BigInt(start + index))
    feeds.position_ids = { data: positions, dims: [1, count] }
  }
  const dimsOfKeep = inputs.get('num_logits_to_keep')
  // 0 keeps all: the rows are chosen elsewhere.
  if (dimsOfKeep !== undefined) {
    feeds.num_logits_to_keep = { data: BigInt64Array.of(0n), dims: dimsOfKeep === 0 ? [] : [1] }
  }
  return feeds
}

import { Tensor } from 'onnxruntime-node'
import type { BareSequence, BareSequenceOptions } from './bare-sequence.ts'

/** A sequence of a graph as it was exported: what a step gives as `present` is fed to the next as `past`. */
export function plainSequence({ session, kvHeads, headDim }: BareSequenceOptions): BareSequence {
  const names = session.inputNames.filter((name) => name.startsWith('past_key_values.'))
  let past: Record<string, Tensor> = {}
  for (const name of names) past[name] = new Tensor('float32', new Float32Array(), [1, kvHeads, 0, headDim])
  let position = 0
  return {
    async step(ids) {
      position += ids.length
      const outputs = await session.run({
        input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]),
        attention_mask: new Tensor('int64', new BigInt64Array(position).fill(1n), [1, position]),
        ...past,
      })
      past = {}
      for (const name of names) past[name] = outputs[name.replace('past_key_values', 'present')] as Tensor
      // (1, tokens, vocabulary)
      const logits = outputs.logits?.data as Float32Array
      return logits.subarray(logits.length - logits.length / ids.length)
    },
  }
}

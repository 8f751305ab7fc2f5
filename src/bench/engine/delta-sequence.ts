import { Tensor } from 'onnxruntime-node'
import { newKvRows } from '../../partition/rewrites/delta-kv.ts'
import { firstHeadRow } from '../../partition/rewrites/head-rows.ts'
import type { BareSequence, BareSequenceOptions } from './bare-sequence.ts'

/** A sequence of the graph as Edgewise rewrites it: a step gives only new rows, which go into buffers made once for all rows. */
export function deltaSequence({ session, kvHeads, headDim, rows }: BareSequenceOptions): BareSequence {
  const past: Record<string, Tensor> = {}
  const slots = session.inputNames
    .filter((name) => name.startsWith('past_key_values.'))
    .map((name) => {
      const data = new Float32Array(kvHeads * rows * headDim)
      past[name] = new Tensor('float32', data, [1, kvHeads, rows, headDim])
      return { data, present: name.replace('past_key_values', 'present') }
    })
  let position = 0
  return {
    async step(ids) {
      const from = position
      position += ids.length
      const outputs = await session.run({
        input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]),
        attention_mask: new Tensor('int64', new BigInt64Array(position).fill(1n), [1, position]),
        [newKvRows.from]: int64(from),
        [newKvRows.to]: int64(position),
        [firstHeadRow]: int64(ids.length - 1),
        ...past,
      })
      const size = ids.length * headDim
      for (const { data, present } of slots) {
        // (1, kvHeads, tokens, headDim)
        const added = outputs[present]?.data as Float32Array
        for (let head = 0; head < kvHeads; head++) {
          data.set(added.subarray(head * size, (head + 1) * size), (head * rows + from) * headDim)
        }
      }
      return outputs.logits?.data as Float32Array
    },
  }
}

function int64(value: number): Tensor {
  return new Tensor('int64', BigInt64Array.of(BigInt(value)), [1])
}

import { type ByteSource, fail, readFields, type WireField, wireType } from './wire-reader.ts'

/** Messages of ONNX that hold tensors somewhere inside. */
type Message = 'tensor' | 'sparse' | 'attribute' | 'node' | 'graph' | 'function' | 'training'

/** Which fields of a message hold which messages. */
const inside: Readonly<Record<Message, Readonly<Record<number, Message>>>> = {
  tensor: {},
  sparse: { 1: 'tensor', 2: 'tensor' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  node: { 5: 'attribute' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  function: { 7: 'node', 11: 'attribute' },
  training: { 1: 'graph', 2: 'graph' },
}

const externalData = 13
const maxDepth = 64

/**
 * Requires that no tensor inside a message names a file. The engine would open any that does; only those of initializers are looked at before.
 * Throws `model-invalid`.
 */
export function requireInline(
  source: ByteSource,
  { start, end }: Pick<WireField, 'start' | 'end'>,
  message: Message,
): void {
  walk(source, { start, end }, { message, depth: 0 })
}

function walk(
  source: ByteSource,
  { start, end }: Pick<WireField, 'start' | 'end'>,
  { message, depth }: { readonly message: Message; readonly depth: number },
): void {
  if (depth > maxDepth) fail(source, start, `nests messages more than ${maxDepth} deep`)
  for (const field of readFields(source, start, end)) {
    if (message === 'tensor' && field.number === externalData) {
      fail(source, field.tagStart, 'names a file for a tensor that is no initializer')
    }
    const next = inside[message][field.number]
    if (next !== undefined && field.wire === wireType.bytes) walk(source, field, { message: next, depth: depth + 1 })
  }
}

import { EdgewiseError } from '../spec/errors.ts'

/** Bytes that can be read at any place. `name` is for error messages. */
export interface ByteSource {
  readonly name: string
  readonly size: number
  byteAt(position: number): number
  /** Throws `model-invalid` when fewer than `length` bytes are left. */
  read(position: number, length: number): Uint8Array
}

/** Wire types of protobuf that ONNX files use. */
export const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

/** One field of a protobuf message. Its value lies at [start, end); a varint stands in `value` too. */
export interface WireField {
  readonly number: number
  readonly wire: number
  /** Where the field's tag starts. */
  readonly tagStart: number
  readonly start: number
  readonly end: number
  /** The varint as a signed 64-bit integer; exact up to 2^53, 0 for other wire types. */
  readonly value: number
}

/** The fields of the message at [start, end), in file order. Every length is checked against what is left; throws `model-invalid`. */
export function* readFields(source: ByteSource, start: number, end: number): Generator<WireField, void> {
  let position = start
  while (position < end) {
    const tagStart = position
    const tag = readVarint(source, position, end)
    const number = Math.floor(tag.value / 8)
    const wire = tag.value & 7
    if (tag.value < 8 || tag.value > 0xffffffff) fail(source, tagStart, 'holds no valid field tag')
    const value = wire === wireType.varint ? readVarint(source, tag.next, end) : { value: 0, next: tag.next }
    const span = valueSpan(source, wire, tag.next, end)
    position = wire === wireType.varint ? value.next : span.end
    if (position > end) {
      fail(
        source,
        tagStart,
        `declares ${span.end - span.start} bytes for field ${number}, of which ${end - span.start} are left`,
      )
    }
    yield { number, wire, tagStart, start: span.start, end: position, value: value.value }
  }
}

/** Varints of a field that may be packed (one run of bytes) or not (one varint a field). */
export function* readPackedVarints(source: ByteSource, field: WireField): Generator<number, void> {
  if (field.wire === wireType.varint) {
    yield field.value
    return
  }
  for (let position = field.start; position < field.end; ) {
    const { value, next } = readVarint(source, position, field.end)
    yield value
    position = next
  }
}

const maxTextBytes = 1 << 16
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Text of a length-delimited field of at most 64 KiB. Throws `model-invalid` when it is longer or no UTF-8. */
export function readText(source: ByteSource, field: WireField): string {
  if (field.wire !== wireType.bytes) fail(source, field.tagStart, `has a number where field ${field.number} is text`)
  const length = field.end - field.start
  if (length > maxTextBytes)
    fail(source, field.tagStart, `has a name of ${length} bytes; at most ${maxTextBytes} are read`)
  try {
    return utf8.decode(source.read(field.start, length))
  } catch (cause) {
    if (cause instanceof EdgewiseError) throw cause
    return fail(source, field.tagStart, `has text that is no UTF-8 in field ${field.number}`)
  }
}

/** Throws `model-invalid` with the file's name and the byte position. */
export function fail(source: ByteSource, position: number, what: string): never {
  throw new EdgewiseError(
    'model-invalid',
    `${source.name}, byte ${position}: the file ${what}. It is damaged or no ONNX model`,
  )
}

/** Bytes in memory as a source. */
export function memorySource(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    size: bytes.length,
    byteAt: (position) => bytes[position] ?? 0,
    read: (position, length) => bytes.subarray(position, position + length),
  }
}

function valueSpan(source: ByteSource, wire: number, start: number, end: number): { start: number; end: number } {
  switch (wire) {
    case wireType.varint:
      return { start, end: start }
    case wireType.fixed64:
      return { start, end: start + 8 }
    case wireType.fixed32:
      return { start, end: start + 4 }
    case wireType.bytes: {
      const length = readVarint(source, start, end)
      if (length.value < 0) fail(source, start, 'has a length above 2^63')
      return { start: length.next, end: length.next + length.value }
    }
    default:
      return fail(source, start, `uses wire type ${wire}, which ONNX does not`)
  }
}

function readVarint(source: ByteSource, start: number, end: number): { value: number; next: number } {
  let value = 0
  let scale = 1
  for (let position = start; position < end && position < start + 10; position++) {
    const byte = source.byteAt(position)
    // The tenth byte is set for negative numbers only; the sum up to there is 2^63 - 1 at most, to double precision.
    if (position === start + 9) return { value: negative(source, start), next: position + 1 }
    value += (byte & 0x7f) * scale
    scale *= 128
    if (byte < 0x80) return { value, next: position + 1 }
  }
  return fail(source, start, 'ends within a number')
}

function negative(source: ByteSource, start: number): number {
  let value = 0n
  for (let index = 0; index < 10; index++) value |= BigInt(source.byteAt(start + index) & 0x7f) << BigInt(7 * index)
  return Number(BigInt.asIntN(64, value))
}

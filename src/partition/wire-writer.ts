import { wireType } from './wire-reader.ts'

const utf8 = new TextEncoder()

/** Builds one protobuf message; fields appear in the order of the calls. */
export class WireWriter {
  readonly #pieces: Uint8Array[] = []
  #length = 0

  /** Bytes written so far. */
  get length(): number {
    return this.#length
  }

  integer(field: number, value: number | bigint): this {
    return this.#tag(field, wireType.varint).#varint(value)
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setFloat32(0, value, true)
    return this.#tag(field, wireType.fixed32).verbatim(bytes)
  }

  text(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value))
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#tag(field, wireType.bytes).#varint(value.length).verbatim(value)
  }

  message(field: number, value: WireWriter): this {
    this.#tag(field, wireType.bytes).#varint(value.#length)
    for (const piece of value.#pieces) this.verbatim(piece)
    return this
  }

  /** Bytes that are already encoded fields. */
  verbatim(fields: Uint8Array): this {
    this.#pieces.push(fields)
    this.#length += fields.length
    return this
  }

  /** The whole message. */
  finish(): Uint8Array {
    const all = new Uint8Array(this.#length)
    let position = 0
    for (const piece of this.#pieces) {
      all.set(piece, position)
      position += piece.length
    }
    return all
  }

  #tag(field: number, wire: number): this {
    return this.#varint(field * 8 + wire)
  }

  #varint(value: number | bigint): this {
    const bytes: number[] = []
    let rest = BigInt.asUintN(64, BigInt(value))
    for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
    bytes.push(Number(rest))
    return this.verbatim(Uint8Array.from(bytes))
  }
}

import type { LengthBounds, LengthNode } from './length-node.ts'

/** A container around the present place in a JSON text. */
interface Frame {
  readonly outer: Frame | undefined
  readonly isObject: boolean
  readonly lengths: LengthNode | undefined
  /** Number of the present item; 0 in an object. */
  readonly index: number
}

interface OpenString {
  readonly isKey: boolean
  readonly bounds: LengthBounds | undefined
  /** Whole characters so far. */
  readonly count: number
  /** Of a key: what was written, escapes as they are. */
  readonly raw: readonly number[]
  /** Bytes that still belong to an escape; `letter`: the one that says how many. */
  readonly escaping: number | 'letter'
}

interface Fields {
  readonly frame: Frame | undefined
  /** Lengths of the value that is being written, or comes next. */
  readonly lengths: LengthNode | undefined
  readonly string: OpenString | undefined
  /** True in an object where a key comes next. */
  readonly isKeyNext: boolean
  readonly isDone: boolean
}

/**
 * Where a JSON text stands, byte by byte, as far as the lengths of its strings need it; that it is JSON at all is the grammar's business.
 * A state never changes: `after` gives the next one, or undefined where a string would become too long or end too short.
 */
export class LengthState {
  readonly #fields: Fields

  private constructor(fields: Fields) {
    this.#fields = fields
  }

  /** Before the first byte of a value. */
  static before(lengths: LengthNode): LengthState {
    return new LengthState({ frame: undefined, lengths, string: undefined, isKeyNext: false, isDone: false })
  }

  /** True behind the last byte of an object, array or string that is the whole value. */
  get isDone(): boolean {
    return this.#fields.isDone
  }

  /** Characters that the present string may still take; undefined where any number may come. */
  get room(): number | undefined {
    const { string } = this.#fields
    return string?.bounds === undefined ? undefined : string.bounds.most - string.count
  }

  /** True inside an escape, where a byte is no character of its own. */
  get isEscaping(): boolean {
    const { string } = this.#fields
    return string !== undefined && string.escaping !== 0
  }

  after(byte: number): LengthState | undefined {
    const { string } = this.#fields
    return string === undefined ? this.#outside(String.fromCharCode(byte)) : this.#inside(byte, string)
  }

  #inside(byte: number, string: OpenString): LengthState | undefined {
    const { escaping, bounds, count } = string
    if (escaping === 0 && byte === 0x22) return this.#closed(string)
    const raw = string.isKey ? [...string.raw, byte] : string.raw
    if (escaping === 'letter') return this.#with({ string: { ...string, raw, escaping: byte === 0x75 ? 4 : 0 } })
    if (escaping > 0) return this.#with({ string: { ...string, raw, escaping: escaping - 1 } })
    // Bytes of the form 10xxxxxx continue a character.
    const counted = (byte & 0xc0) === 0x80 ? count : count + 1
    if (bounds !== undefined && counted > bounds.most) return undefined
    return this.#with({ string: { ...string, raw, count: counted, escaping: byte === 0x5c ? 'letter' : 0 } })
  }

  #closed({ isKey, bounds, count, raw }: OpenString): LengthState | undefined {
    if (bounds !== undefined && count < bounds.least) return undefined
    const { frame } = this.#fields
    if (!isKey) return this.#with({ string: undefined, isDone: frame === undefined })
    const name: unknown = JSON.parse(`"${new TextDecoder().decode(Uint8Array.from(raw))}"`)
    return this.#with({ string: undefined, isKeyNext: false, lengths: frame?.lengths?.property(String(name)) })
  }

  #outside(character: string): LengthState {
    const { frame, lengths, isKeyNext } = this.#fields
    switch (character) {
      case '"': {
        const bounds = isKeyNext ? undefined : lengths?.bounds
        return this.#with({ string: { isKey: isKeyNext, bounds, count: 0, raw: [], escaping: 0 } })
      }
      case '{':
        return this.#with({ frame: { outer: frame, isObject: true, lengths, index: 0 }, isKeyNext: true })
      case '[':
        return this.#with({ frame: { outer: frame, isObject: false, lengths, index: 0 }, lengths: lengths?.item(0) })
      case '}':
      case ']':
        return this.#with({ frame: frame?.outer, isKeyNext: false, isDone: frame?.outer === undefined })
      case ',': {
        if (frame === undefined || frame.isObject) return this.#with({ isKeyNext: frame !== undefined })
        const index = frame.index + 1
        return this.#with({ frame: { ...frame, index }, lengths: frame.lengths?.item(index) })
      }
      default:
        return this
    }
  }

  #with(changes: Partial<Fields>): LengthState {
    return new LengthState({ ...this.#fields, ...changes })
  }
}

/** Bytes that encoded runs of a text stand for. */
export interface ByteRuns {
  /** Those that are worth a look of their own. */
  readonly long: readonly Uint8Array[]
  /** All short ones, one behind the other with a line end between them. */
  readonly short: Uint8Array
  /** Those of the short ones that can be text. */
  readonly shortText: string
}

/** Runs of so many bytes at most are looked through together: every word of a text is one of these. */
const shortRun = 9

/** Collects runs without making an object of each. */
export class ByteRunCollector implements ByteRuns {
  readonly long: Uint8Array[] = []
  #short = new Uint8Array(4096)
  #written = 0
  readonly #texts: string[] = []

  get short(): Uint8Array {
    return this.#short.subarray(0, this.#written)
  }

  get shortText(): string {
    return this.#texts.join('\n')
  }

  /** A place for a run of `length` bytes; `keep` it when they are written. */
  place(length: number): Uint8Array {
    if (length > shortRun) return new Uint8Array(length)
    if (this.#written + shortRun + 1 > this.#short.length) {
      const grown = new Uint8Array(this.#short.length * 2)
      grown.set(this.#short)
      this.#short = grown
    }
    return this.#short
  }

  /** Where in its place the next run of `length` bytes begins. */
  offset(length: number): number {
    return length > shortRun ? 0 : this.#written
  }

  keep(place: Uint8Array, length: number): void {
    if (length > shortRun) {
      this.long.push(place)
      return
    }
    const from = this.#written
    place[from + length] = 0x0a
    this.#written += length + 1
    if (mayBeText(place, from, from + length)) this.#texts.push(textOf(place.subarray(from, from + length)))
  }
}

function mayBeText(bytes: Uint8Array, start: number, end: number): boolean {
  let follow = 0
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte < 0x80) {
      if (follow > 0 || byte === 0x7f || (byte < 0x20 && byte !== 0)) return false
    } else if (byte < 0xc0) {
      if (follow === 0) return false
      follow -= 1
    } else {
      if (follow > 0) return false
      follow = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3
    }
  }
  return true
}

function textOf(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes)
  return text.includes('\0') ? text.replaceAll('\0', '') : text
}

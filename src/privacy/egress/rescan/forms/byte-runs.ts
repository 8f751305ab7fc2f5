/** Bytes that encoded runs of a text stand for. */
export interface ByteRuns {
  /** Those that are worth a look of their own. */
  readonly long: readonly Uint8Array[]
  /** Those of the others that can be text, one behind the other with a line end between them. */
  readonly shortText: string
  /** Long and short ones, one behind the other with a line end between them. */
  readonly all: Uint8Array
}

/** Runs of so many bytes at most are looked through together: every word of a text is one of these. */
const shortRun = 9
/** The last group of a run may be written whole. */
const slack = 4

/** Collects runs without making an object of each. */
export class ByteRunCollector implements ByteRuns {
  #bytes = new Uint8Array(4096)
  #written = 0
  readonly #texts: string[] = []
  readonly #long: { readonly start: number; readonly end: number }[] = []

  get long(): readonly Uint8Array[] {
    return this.#long.map(({ start, end }) => this.#bytes.subarray(start, end))
  }

  get all(): Uint8Array {
    return this.#bytes.subarray(0, this.#written)
  }

  get shortText(): string {
    return this.#texts.join('\n')
  }

  /** Where a run of `length` bytes may be written, from `offset` on; `keep` it when it is. */
  place(length: number): Uint8Array {
    const needed = this.#written + length + slack
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    return this.#bytes
  }

  /** Where the next run begins. */
  get offset(): number {
    return this.#written
  }

  keep(length: number): void {
    const start = this.#written
    const end = start + length
    this.#bytes[end] = 0x0a
    this.#written = end + 1
    if (length > shortRun) this.#long.push({ start, end })
    else if (mayBeText(this.#bytes, start, end)) this.#texts.push(textOf(this.#bytes.subarray(start, end)))
  }
}

const decoder = new TextDecoder()

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
  const text = decoder.decode(bytes)
  return text.includes('\0') ? text.replaceAll('\0', '') : text
}

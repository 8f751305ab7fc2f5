import type { StreamPart } from '../../spec/stream-part.ts'

const bytesPerToken = 4

/** What was seen of an answer, to count its tokens when nobody reports them. */
export class StreamedAnswer {
  #pieces = 0
  #bytes = 0

  get hasBegun(): boolean {
    return this.#pieces > 0
  }

  /** At least one a piece, and one for every four bytes where servers send several in one. */
  get tokens(): number {
    return Math.max(this.#pieces, Math.ceil(this.#bytes / bytesPerToken))
  }

  take(part: StreamPart): void {
    if (part.type === 'text-delta') this.#add(part.text, part.logprobs?.length)
    else if (part.type === 'tool-call-delta') this.#add(`${part.name ?? ''}${part.arguments}`)
  }

  #add(text: string, tokens = 1): void {
    this.#pieces += Math.max(1, tokens)
    this.#bytes += Buffer.byteLength(text)
  }
}

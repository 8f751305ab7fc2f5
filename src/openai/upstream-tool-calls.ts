import type { StreamPart } from '../spec/stream-part.ts'
import type { ToolCallChunk } from './upstream-chunk.ts'

type ToolCallDelta = StreamPart & { type: 'tool-call-delta' }

/**
 * Puts tool calls in order. Servers leave out the index, give every call index 0 with an id of its own, repeat id and name in each piece,
 * leave out the id, or send arguments as an object; out of here come OpenAI's rules.
 */
export class UpstreamToolCalls {
  readonly #calls: { readonly id: string; readonly wireIndex: number | undefined; hasName: boolean }[] = []

  /** Calls seen so far. */
  get count(): number {
    return this.#calls.length
  }

  /** The delta for one piece; `answerId` makes an id unique when the server gave none. */
  push(chunk: ToolCallChunk, answerId: string): ToolCallDelta {
    const known = this.#find(chunk)
    const index = known ?? this.#calls.length
    const call = this.#calls[index] ?? this.#open(chunk, `call_${answerId}_${index}`)
    const name = call.hasName ? undefined : (chunk.function?.name ?? undefined)
    if (name !== undefined && name !== '') call.hasName = true
    return {
      type: 'tool-call-delta',
      index,
      ...(known === undefined ? { id: call.id } : {}),
      ...(call.hasName && name !== undefined ? { name } : {}),
      arguments: argumentText(chunk.function?.arguments),
    }
  }

  #find(chunk: ToolCallChunk): number | undefined {
    const hasId = chunk.id !== null && chunk.id !== undefined && chunk.id !== ''
    if (hasId) {
      const sameId = this.#calls.findIndex((call) => call.id === chunk.id)
      return sameId === -1 ? undefined : sameId
    }
    const { index } = chunk
    const found =
      index === null || index === undefined
        ? this.#calls.length - 1
        : this.#calls.findLastIndex((call) => call.wireIndex === index)
    return found === -1 ? undefined : found
  }

  #open(chunk: ToolCallChunk, ownId: string) {
    const id = chunk.id === null || chunk.id === undefined || chunk.id === '' ? ownId : chunk.id
    const call = { id, wireIndex: chunk.index ?? undefined, hasName: false }
    this.#calls.push(call)
    return call
  }
}

function argumentText(value: unknown): string {
  if (typeof value === 'string') return value
  return value === null || value === undefined ? '' : JSON.stringify(value)
}

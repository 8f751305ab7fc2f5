import { EdgewiseError } from '../spec/errors.ts'
import type { StreamPart } from '../spec/stream-part.ts'
import type { ToolCallChunk } from './upstream-chunk.ts'

type ToolCallDelta = StreamPart & { type: 'tool-call-delta' }

const mostCalls = 1024

/**
 * Puts tool calls in order. Servers leave out the index, give every call index 0 with an id of its own, repeat id and name in each piece,
 * leave out the id, or send arguments as an object; out of here come OpenAI's rules.
 */
export class UpstreamToolCalls {
  readonly #calls: { readonly id: string; hasName: boolean }[] = []
  readonly #byId = new Map<string, number>()
  /** The latest call of each index that the server gave. */
  readonly #byWireIndex = new Map<number, number>()

  /** Calls seen so far. */
  get count(): number {
    return this.#calls.length
  }

  /** The delta for one piece; `answerId` makes an id unique when the server gave none. Throws `upstream-failed` beyond 1024 calls. */
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
    const { id, index } = chunk
    if (id !== null && id !== undefined && id !== '') return this.#byId.get(id)
    if (index !== null && index !== undefined) return this.#byWireIndex.get(index)
    return this.#calls.length === 0 ? undefined : this.#calls.length - 1
  }

  #open(chunk: ToolCallChunk, ownId: string) {
    const place = this.#calls.length
    if (place === mostCalls) throw tooMany()
    const id = chunk.id === null || chunk.id === undefined || chunk.id === '' ? ownId : chunk.id
    const call = { id, hasName: false }
    this.#calls.push(call)
    if (!this.#byId.has(id)) this.#byId.set(id, place)
    if (chunk.index !== null && chunk.index !== undefined) this.#byWireIndex.set(chunk.index, place)
    return call
  }
}

function tooMany(): EdgewiseError {
  const message = `the answer of the upstream holds more than ${mostCalls} tool calls, which no model means: see its own log`
  return new EdgewiseError('upstream-failed', message)
}

function argumentText(value: unknown): string {
  if (typeof value === 'string') return value
  return value === null || value === undefined ? '' : JSON.stringify(value)
}

import type { PlacementKind } from '../../spec/plan.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { RestoreTable, Spelling } from './restore-text.ts'
import { createTextRestorer, type TextRestorer } from './text-restorer.ts'

export interface Restoration {
  readonly table: RestoreTable
  /** Names of tools as they were sent, and what they are really called. */
  readonly toolNames: ReadonlyMap<string, string>
  /** How text of the answer is written, where the request says so: `json`. */
  readonly spelling?: Spelling | undefined
}

type TextDelta = Extract<StreamPart, { type: 'text-delta' }>
type ToolCallDelta = Extract<StreamPart, { type: 'tool-call-delta' }>

/**
 * An answer with what the guard took out put back, as it comes. At most the beginning of one pseudonym is held back, and nothing once the text ends, another
 * kind of part follows or the source fails. Log-probabilities keep naming the tokens that the model wrote.
 */
export async function* restoreParts(
  parts: AsyncIterable<StreamPart>,
  restoration: Restoration,
  readsSanitised: (placement: PlacementKind) => boolean,
): AsyncGenerator<StreamPart> {
  const channels = new Channels(restoration)
  let isActive = true
  try {
    for await (const part of parts) {
      if (part.type === 'text-delta' || part.type === 'tool-call-delta') {
        if (isActive) yield* channels.pass(part)
        else yield part
        continue
      }
      yield* channels.end()
      if (part.type === 'placement') isActive = readsSanitised(part.placement)
      yield part
    }
  } catch (error) {
    yield* channels.end()
    throw error
  }
  yield* channels.end()
}

/** The text and the tool calls of an answer: pieces of one kind follow each other, and only the kind that is under way can hold anything back. */
class Channels {
  readonly #restoration: Restoration
  #current: 'text' | number = 'text'
  #restorer: TextRestorer
  #logprobs: TextDelta['logprobs'] = undefined

  constructor(restoration: Restoration) {
    this.#restoration = restoration
    this.#restorer = createTextRestorer(restoration.table, restoration.spelling)
  }

  *pass(part: TextDelta | ToolCallDelta): Generator<StreamPart> {
    const channel = part.type === 'text-delta' ? 'text' : part.index
    if (channel !== this.#current) {
      yield* this.end()
      this.#current = channel
      this.#restorer = createTextRestorer(
        this.#restoration.table,
        channel === 'text' ? this.#restoration.spelling : 'json',
      )
    }
    yield* part.type === 'text-delta' ? this.#text(part) : this.#toolCall(part)
  }

  *end(): Generator<StreamPart> {
    const text = this.#restorer.end()
    const logprobs = this.#takeLogprobs()
    if (this.#current !== 'text') {
      if (text !== '') yield { type: 'tool-call-delta', index: this.#current, arguments: text }
    } else if (text !== '' || logprobs !== undefined) yield textDelta(text, logprobs)
  }

  *#text({ text, logprobs }: TextDelta): Generator<StreamPart> {
    if (logprobs !== undefined) this.#logprobs = [...(this.#logprobs ?? []), ...logprobs]
    const shown = this.#restorer.push(text)
    if (shown !== '' || text === '') yield textDelta(shown, this.#takeLogprobs())
  }

  *#toolCall(part: ToolCallDelta): Generator<StreamPart> {
    const shown = this.#restorer.push(part.arguments)
    const isEmpty = shown === '' && part.arguments !== '' && part.id === undefined && part.name === undefined
    if (isEmpty) return
    const name = part.name === undefined ? undefined : (this.#restoration.toolNames.get(part.name) ?? part.name)
    yield { ...part, arguments: shown, ...(name === undefined ? {} : { name }) }
  }

  #takeLogprobs(): TextDelta['logprobs'] {
    const taken = this.#logprobs
    this.#logprobs = undefined
    return taken
  }
}

function textDelta(text: string, logprobs: TextDelta['logprobs']): TextDelta {
  return { type: 'text-delta', text, ...(logprobs === undefined ? {} : { logprobs }) }
}

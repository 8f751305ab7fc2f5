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

/** The text and the tool calls of an answer. The text ends where a tool call begins; of tool calls, whose pieces may take turns, each is restored by itself. */
class Channels {
  readonly #restoration: Restoration
  #text: TextRestorer
  #logprobs: TextDelta['logprobs'] = undefined
  readonly #toolCalls = new Map<number, TextRestorer>()

  constructor(restoration: Restoration) {
    this.#restoration = restoration
    this.#text = this.#newText()
  }

  *pass(part: TextDelta | ToolCallDelta): Generator<StreamPart> {
    if (part.type === 'text-delta') {
      yield* this.#endToolCalls()
      yield* this.#passText(part)
    } else {
      yield* this.#endText()
      yield* this.#passToolCall(part)
    }
  }

  *end(): Generator<StreamPart> {
    yield* this.#endText()
    yield* this.#endToolCalls()
    this.#toolCalls.clear()
  }

  *#endText(): Generator<StreamPart> {
    const text = this.#text.end()
    const logprobs = this.#takeLogprobs()
    this.#text = this.#newText()
    if (text !== '' || logprobs !== undefined) yield textDelta(text, logprobs)
  }

  *#endToolCalls(): Generator<StreamPart> {
    for (const [index, restorer] of this.#toolCalls) {
      const rest = restorer.end()
      if (rest !== '') yield { type: 'tool-call-delta', index, arguments: rest }
    }
  }

  *#passText({ text, logprobs }: TextDelta): Generator<StreamPart> {
    if (logprobs !== undefined) this.#logprobs = [...(this.#logprobs ?? []), ...logprobs]
    const shown = this.#text.push(text)
    if (shown !== '' || text === '') yield textDelta(shown, this.#takeLogprobs())
  }

  *#passToolCall(part: ToolCallDelta): Generator<StreamPart> {
    const restorer = this.#toolCalls.get(part.index) ?? createTextRestorer(this.#restoration.table, 'json')
    this.#toolCalls.set(part.index, restorer)
    const shown = restorer.push(part.arguments)
    const isEmpty = shown === '' && part.arguments !== '' && part.id === undefined && part.name === undefined
    if (isEmpty) return
    const name = part.name === undefined ? undefined : (this.#restoration.toolNames.get(part.name) ?? part.name)
    yield { ...part, arguments: shown, ...(name === undefined ? {} : { name }) }
  }

  #newText(): TextRestorer {
    return createTextRestorer(this.#restoration.table, this.#restoration.spelling)
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

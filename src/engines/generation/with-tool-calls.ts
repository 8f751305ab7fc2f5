import type { Random } from '../../spec/ports.ts'
import type { StreamPart, TokenLogprob } from '../../spec/stream-part.ts'
import { type AnswerPiece, ToolCallReader } from './tool-call-reader.ts'

export interface WithToolCallsOptions {
  /** An answer that may call tools, as text. */
  readonly parts: AsyncIterable<StreamPart>
  /** Text that the answer already has. */
  readonly answerSoFar?: string | undefined
  /** For the ids of calls. */
  readonly random: Random
}

/**
 * The same answer with its calls as `tool-call-delta` parts: id and name first, then the arguments as they come. It ends with `tool-calls` where it
 * would end with `stop`. Log-probabilities travel with the text or the call that their tokens complete.
 */
export async function* withToolCalls({
  parts,
  answerSoFar = '',
  random,
}: WithToolCallsOptions): AsyncGenerator<StreamPart> {
  const reader = new ToolCallReader()
  reader.push(answerSoFar)
  /** Of tokens that no part has told of yet; undefined when nobody asked for them. */
  let logprobs: TokenLogprob[] | undefined

  function partOf(piece: AnswerPiece): StreamPart {
    const told = logprobs === undefined ? {} : { logprobs }
    if (logprobs !== undefined) logprobs = []
    switch (piece.kind) {
      case 'text':
        return { type: 'text-delta', text: piece.text, ...told }
      case 'call':
        return {
          type: 'tool-call-delta',
          index: piece.index,
          id: callId(random),
          name: piece.name,
          arguments: '',
          ...told,
        }
      case 'arguments':
        return { type: 'tool-call-delta', index: piece.index, arguments: piece.json, ...told }
      default:
        return piece satisfies never
    }
  }

  for await (const part of parts) {
    if (part.type === 'text-delta') {
      if (part.logprobs !== undefined) logprobs = [...(logprobs ?? []), ...part.logprobs]
      for (const piece of reader.push(part.text)) yield partOf(piece)
    } else if (part.type === 'finish') {
      for (const piece of reader.end()) yield partOf(piece)
      const isCalling = part.reason === 'stop' && reader.calls > 0
      yield isCalling ? { ...part, reason: 'tool-calls' } : part
    } else yield part
  }
}

const idCharacters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

function callId(random: Random): string {
  const characters = Array.from({ length: 24 }, () => idCharacters[Math.floor(random() * idCharacters.length)])
  return `call_${characters.join('')}`
}

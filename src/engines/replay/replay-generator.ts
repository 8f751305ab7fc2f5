import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { InferenceRequest, Message } from '../../spec/request.ts'
import type { FinishReason, StreamPart } from '../../spec/stream-part.ts'
import type { Generator } from '../engine.ts'
import type { RecordedAnswer } from './recorded-answer.ts'

export interface ReplayGeneratorOptions {
  readonly model: string
  /** Recorded answers by the exact text of the last user message. */
  readonly answers: ReadonlyMap<string, RecordedAnswer>
  readonly clock: Clock
  /** Wait before the first piece; 0 does not wait. */
  readonly firstTokenMs?: number
  /** Wait before each further piece; 0 does not wait. */
  readonly interTokenMs?: number
}

/**
 * Answers from recorded outputs, so that routers and cascades can be measured at any model's size without its weights. A piece is a word
 * with the space before it; pieces are what `maxTokens` counts, and usage too where the recording has none. Stop strings and
 * `answerSoFar` are honoured, sampling has no effect. A prompt that was not recorded is `not-found`.
 */
export function createReplayGenerator(options: ReplayGeneratorOptions): Generator {
  return {
    model: options.model,
    capabilities: new Set(['continuation'] as const),
    unavailable: () => (options.answers.size === 0 ? 'no answers are recorded for it' : undefined),
    generate: (request, signal) => replay(options, request, signal),
    async [Symbol.asyncDispose]() {},
  }
}

async function* replay(
  { model, answers, clock, firstTokenMs = 0, interTokenMs = 0 }: ReplayGeneratorOptions,
  request: InferenceRequest,
  signal: AbortSignal,
): AsyncGenerator<StreamPart> {
  const recorded = answers.get(lastUserText(request.messages))
  if (recorded === undefined) {
    throw new EdgewiseError(
      'not-found',
      `${model} has no recorded answer to this prompt (${answers.size} are recorded)`,
    )
  }
  const { pieces, reason } = piecesOf(recorded, request, model)
  let waitMs = firstTokenMs
  for (const text of pieces) {
    await pause(clock, waitMs, signal)
    yield { type: 'text-delta', text }
    waitMs = interTokenMs
  }
  if (signal.aborted) throw aborted(signal)
  const promptTokens = recorded.promptTokens ?? countWords(request.messages)
  const isWhole = reason === 'stop' && request.answerSoFar === undefined && pieces.join('') === recorded.text
  const completionTokens = isWhole ? (recorded.completionTokens ?? pieces.length) : pieces.length
  yield { type: 'finish', reason, usage: { promptTokens, completionTokens } }
}

interface Pieces {
  readonly pieces: readonly string[]
  readonly reason: FinishReason
}

function piecesOf(
  { text }: RecordedAnswer,
  { stop, maxTokens, answerSoFar = '' }: InferenceRequest,
  model: string,
): Pieces {
  if (!text.startsWith(answerSoFar)) {
    throw new EdgewiseError('not-found', `${model} has no recorded answer that goes on from the text so far`)
  }
  const rest = beforeFirstOf(stop, text.slice(answerSoFar.length))
  const pieces = rest.match(/\s*\S+(\s+$)?|\s+$/g) ?? []
  const isCut = maxTokens !== undefined && pieces.length > maxTokens
  return isCut ? { pieces: pieces.slice(0, maxTokens), reason: 'length' } : { pieces, reason: 'stop' }
}

function beforeFirstOf(stop: readonly string[], text: string): string {
  const found = stop.map((word) => text.indexOf(word)).filter((at) => at !== -1)
  return text.slice(0, Math.min(text.length, ...found))
}

async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw aborted(signal)
  if (ms <= 0) return
  try {
    await clock.delay(ms, signal)
  } catch {
    throw aborted(signal)
  }
}

function aborted({ reason }: AbortSignal): EdgewiseError {
  return reason instanceof EdgewiseError
    ? reason
    : new EdgewiseError('aborted', 'the request was aborted', { cause: reason })
}

function lastUserText(messages: readonly Message[]): string {
  const last = messages.findLast((message) => message.role === 'user')
  return last === undefined ? '' : textOf(last)
}

function textOf({ content }: Message): string {
  if (typeof content === 'string') return content
  return content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
}

function countWords(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + (textOf(message).match(/\S+/g)?.length ?? 0), 0)
}

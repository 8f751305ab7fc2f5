import { EdgewiseError } from '../../spec/errors.ts'
import type { Random } from '../../spec/ports.ts'
import type { InferenceRequest } from '../../spec/request.ts'
import type { FinishReason, StreamPart, Usage } from '../../spec/stream-part.ts'
import type { Session } from '../engine.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { createAnswerWriter } from './answer-writer.ts'
import type { Constraint } from './constraint.ts'
import { createLogitAdjustments } from './logit-adjustments.ts'
import { createSeededRandom } from './seeded-random.ts'
import { createTokenDrawer, type DrawToken } from './token-drawer.ts'

/** Tokens of the prompt read in one step. Always the same number, whatever else runs: step sizes change the last digits of logits. */
export const prefillChunk = 64

export interface GenerationOptions {
  /** Holds a beginning of the prompt, or nothing, but not all of it; whoever opened it closes it. */
  readonly session: Session
  readonly tokenizer: Tokenizer
  /** Ids of the rendered messages, and of `answerSoFar` behind them. */
  readonly prompt: readonly number[]
  /** Gives the sampling, stop strings, log-probabilities and `answerSoFar`. */
  readonly request: InferenceRequest
  /** Tokens that end an answer. */
  readonly endIds: ReadonlySet<number>
  /** Most tokens to generate. */
  readonly room: number
  /** Tokens of the prompt read in one step; absent: 64. */
  readonly prefillTokens?: number | undefined
  /** Used when the request has no seed. */
  readonly random: Random
  /** What the answer may be; whoever made it closes it. Absent: anything. Tokens that end the answer are asked for too. */
  readonly constraint?: Constraint | undefined
  readonly signal: AbortSignal
}

/**
 * The generation loop: reads what the session does not hold of the prompt, then draws, shows and appends one token after another. Ends with a
 * `finish` part. `completionTokens` counts every token drawn but the one that ends the answer. Log-probabilities are the model's own, before
 * adjustments, sampling and constraint. Throws `aborted` before the next step once the signal aborts.
 */
export async function* generationLoop(options: GenerationOptions): AsyncGenerator<StreamPart> {
  const { session, tokenizer, prompt, request, endIds, room, signal } = options
  const writer = createAnswerWriter(tokenizer, request)
  const draw = drawerOf(options)
  const cachedTokens = session.position

  let logits = await readPrompt(options)
  let completionTokens = 0
  let reason: FinishReason = 'length'
  while (completionTokens < room) {
    const id = await draw(logits)
    if (endIds.has(id)) {
      reason = 'stop'
      break
    }
    completionTokens++
    const part = writer.write(id, logits)
    if (part !== undefined) yield part
    if (writer.stopped) {
      reason = 'stop'
      break
    }
    if (completionTokens < room) logits = await step(session, [id], signal)
  }
  const rest = writer.end()
  if (rest !== undefined) yield rest
  const usage: Usage = {
    promptTokens: prompt.length,
    ...(cachedTokens === 0 ? {} : { cachedTokens }),
    completionTokens,
  }
  yield { type: 'finish', reason, usage }
}

function drawerOf({ request, tokenizer, prompt, random, constraint, signal }: GenerationOptions): DrawToken {
  const { sampling, answerSoFar = '' } = request
  return createTokenDrawer({
    drawing: sampling,
    random: sampling.seed === undefined ? random : createSeededRandom(sampling.seed),
    adjustments: createLogitAdjustments({
      sampling,
      prompt,
      answerSoFar: () => tokenizer.encode(tokenizer.protect(answerSoFar)),
    }),
    constraint,
    signal,
  })
}

/** Appends the prompt in chunks, so that other sessions get their turn in between; gives the logits behind its last token. */
async function readPrompt(options: GenerationOptions): Promise<Float32Array> {
  const { session, prompt, prefillTokens = prefillChunk, signal } = options
  let logits = new Float32Array()
  for (let start = session.position; start < prompt.length; start += prefillTokens) {
    logits = await step(session, prompt.slice(start, start + prefillTokens), signal)
  }
  return logits
}

/** One step of the model: (tokens) in, the logits (vocabulary) behind the last of them out. */
async function step(session: Session, ids: readonly number[], signal: AbortSignal): Promise<Float32Array<ArrayBuffer>> {
  throwIfAborted(signal)
  const output = await session.step({ kind: 'tokens', ids }, 'last')
  throwIfAborted(signal)
  if (output.kind === 'logits') return output.data as Float32Array<ArrayBuffer>
  throw new EdgewiseError(
    'internal',
    'the session ends before the last layer: it gives hidden states, no logits to draw from',
  )
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new EdgewiseError('aborted', 'the request was aborted', { cause: signal.reason })
}

import { EdgewiseError } from '../../spec/errors.ts'
import type { Random } from '../../spec/ports.ts'
import type { InferenceRequest } from '../../spec/request.ts'
import type { FinishReason, StreamPart } from '../../spec/stream-part.ts'
import type { Session } from '../engine.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { createAnswerWriter } from './answer-writer.ts'
import { sampleToken } from './sampler.ts'
import { createSeededRandom } from './seeded-random.ts'

/** Tokens of the prompt read in one step. Always the same number, whatever else runs: step sizes change the last digits of logits. */
export const prefillChunk = 64

export interface GenerationOptions {
  /** A new session; whoever opened it closes it. */
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
  /** Used when the request has no seed. */
  readonly random: Random
  readonly signal: AbortSignal
}

/**
 * The generation loop: reads the prompt, then draws, shows and appends one token after another. Ends with a `finish` part.
 * `completionTokens` counts every token drawn but the one that ends the answer. Throws `aborted` before the next step once the signal aborts.
 */
export async function* generationLoop(options: GenerationOptions): AsyncGenerator<StreamPart> {
  const { tokenizer, prompt, request, endIds, room, signal } = options
  const { seed } = request.sampling
  const random = seed === undefined ? options.random : createSeededRandom(seed)
  const writer = createAnswerWriter(tokenizer, request)

  let logits = await readPrompt(options)
  let completionTokens = 0
  let reason: FinishReason = 'length'
  while (completionTokens < room) {
    const id = sampleToken(logits, request.sampling, random)
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
    if (completionTokens < room) logits = await step(options.session, [id], signal)
  }
  const rest = writer.end()
  if (rest !== undefined) yield rest
  yield { type: 'finish', reason, usage: { promptTokens: prompt.length, completionTokens } }
}

/** Appends the prompt in chunks, so that other sessions get their turn in between; gives the logits behind its last token. */
async function readPrompt({ session, prompt, signal }: GenerationOptions): Promise<Float32Array> {
  let logits = new Float32Array()
  for (let start = 0; start < prompt.length; start += prefillChunk) {
    logits = await step(session, prompt.slice(start, start + prefillChunk), signal)
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

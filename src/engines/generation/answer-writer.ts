import type { InferenceRequest } from '../../spec/request.ts'
import type { StreamPart, TokenLogprob } from '../../spec/stream-part.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { createDetokenizer } from './detokenizer.ts'
import { createStopStrings } from './stop-strings.ts'
import { tokenLogprob } from './token-logprob.ts'

type TextDelta = Extract<StreamPart, { type: 'text-delta' }>

/** Turns drawn tokens into the parts that a reader sees. */
export interface AnswerWriter {
  /** The part that is complete with this token, if any. `logits` is the row it was drawn from. */
  write(id: number, logits: Float32Array): TextDelta | undefined
  /** What was held back, once no more tokens come. */
  end(): TextDelta | undefined
  /** True once a stop string was met: the answer is complete. */
  readonly stopped: boolean
}

/**
 * A writer for one answer. Log-probabilities travel with the text that their tokens complete; those of tokens that only made up a stop string
 * are never given.
 */
export function createAnswerWriter(
  tokenizer: Tokenizer,
  { stop, topLogprobs, answerSoFar }: Pick<InferenceRequest, 'stop' | 'topLogprobs' | 'answerSoFar'>,
): AnswerWriter {
  const detokenizer = createDetokenizer(tokenizer, answerSoFar !== undefined && answerSoFar !== '')
  const stopStrings = createStopStrings(stop, answerSoFar)
  let logprobs: TokenLogprob[] = []

  function delta(text: string): TextDelta | undefined {
    if (topLogprobs === undefined) return text === '' ? undefined : { type: 'text-delta', text }
    const part: TextDelta = { type: 'text-delta', text, logprobs }
    logprobs = []
    return part
  }

  return {
    write(id, logits) {
      if (topLogprobs !== undefined) {
        logprobs.push(tokenLogprob({ logits, id, alternatives: topLogprobs, tokenizer }))
      }
      const text = stopStrings.push(detokenizer.push(id))
      return text === '' ? undefined : delta(text)
    },
    end() {
      if (stopStrings.stopped) return undefined
      const text = stopStrings.push(detokenizer.flush()) + stopStrings.flush()
      return text === '' && logprobs.length === 0 ? undefined : delta(text)
    },
    get stopped() {
      return stopStrings.stopped
    },
  }
}

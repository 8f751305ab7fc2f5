import type { PlacementKind } from './plan.ts'

/** Log-probability (natural logarithm) of one generated token. */
export interface TokenLogprob {
  readonly token: string
  readonly logprob: number
  /** UTF-8 of the token; half a character is possible. */
  readonly bytes: readonly number[]
  /** The most probable tokens at this place, best first. */
  readonly top: readonly { readonly token: string; readonly logprob: number; readonly bytes: readonly number[] }[]
}

export interface Usage {
  readonly promptTokens: number
  /** Prompt tokens that were not read anew, because a KV cache still had them. */
  readonly cachedTokens?: number
  readonly completionTokens: number
  /** What it cost, as the hub that paid for it says; absent where nobody pays by the token. */
  readonly cost?: Cost
}

export interface Cost {
  /** Millionths of the currency. */
  readonly micros: number
  /** Its name in the hub's settings, such as `USD`. */
  readonly currency: string
}

export type FinishReason = 'stop' | 'length' | 'tool-calls' | 'content-filter'

/**
 * What a model gives while it answers. A stream ends with exactly one `finish`, or throws an EdgewiseError; ending without either is a bug.
 * `placement` may come at any time: from there on the text comes from that place.
 */
export type StreamPart =
  | { readonly type: 'text-delta'; readonly text: string; readonly logprobs?: readonly TokenLogprob[] }
  | {
      readonly type: 'tool-call-delta'
      readonly index: number
      readonly id?: string
      readonly name?: string
      readonly arguments: string
      /** Of the tokens that this part completes; for judging an answer, on no wire. */
      readonly logprobs?: readonly TokenLogprob[]
    }
  | { readonly type: 'placement'; readonly placement: PlacementKind; readonly model: string; readonly reason: string }
  | { readonly type: 'finish'; readonly reason: FinishReason; readonly usage: Usage }

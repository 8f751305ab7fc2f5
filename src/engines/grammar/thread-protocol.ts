/** What the grammar thread must know of a model's vocabulary, once, when it starts. */
export interface Vocabulary {
  /** Bytes of each token in GPT-2's alphabet, by id; empty for tokens that are no text. */
  readonly words: readonly string[]
  /** Numbers in a row of logits; ids beyond `words` are never allowed. */
  readonly size: number
  /** Tokens that end an answer. */
  readonly endIds: readonly number[]
}

/** Makes a matcher: compiles the grammar unless it is known, reads `start` as text and `accepted` as tokens. */
export interface OpenMatcher {
  readonly kind: 'open'
  readonly matcher: number
  readonly grammar: string
  readonly start: string
  readonly accepted: readonly number[]
  /** Shared memory for this matcher's masks, a bit for each id. */
  readonly mask: SharedArrayBuffer
}

/** What the grammar thread is told; it answers everything but `close`, in order. */
export type ToThread =
  | OpenMatcher
  /** Moves on over a token; when it is refused, the mask is written. */
  | { readonly kind: 'accept'; readonly matcher: number; readonly id: number }
  /** Writes the mask. */
  | { readonly kind: 'mask'; readonly matcher: number }
  | { readonly kind: 'close'; readonly matcher: number }

/** Its answer: what was asked is so, is not so, or brought the engine down; then it must be ended. */
export type FromThread = { readonly ok: boolean } | { readonly failed: true } | { readonly ready: true }

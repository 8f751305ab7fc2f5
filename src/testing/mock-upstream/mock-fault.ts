/**
 * One thing that goes wrong with one request. `afterChunks` counts pieces of text that arrive before it happens; "released" means until the
 * mock's `release()` is called or the client leaves.
 */
export type MockFault =
  /** Nothing goes wrong: a place holder in a list. */
  | { readonly kind: 'none' }
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: unknown
    }
  /** No response until released. */
  | { readonly kind: 'delay' }
  /** The connection is destroyed. */
  | { readonly kind: 'cut'; readonly afterChunks: number }
  /** The response ends in good form, the answer does not. */
  | { readonly kind: 'end'; readonly afterChunks: number }
  /** Silence until released; then the rest. */
  | { readonly kind: 'stall'; readonly afterChunks: number }
  | { readonly kind: 'malformed-event'; readonly afterChunks: number }
  /** An error object in place of a chunk, and the end. */
  | { readonly kind: 'error-event'; readonly afterChunks: number; readonly error?: unknown }
  /** Everything but `[DONE]`. */
  | { readonly kind: 'missing-done' }
  /** A web page with status 200. */
  | { readonly kind: 'html' }
  /** Every byte arrives alone, so that each character is split. */
  | { readonly kind: 'split-utf8' }
  /** One event of this many bytes. */
  | { readonly kind: 'huge-event'; readonly bytes: number }
  /** These bytes as the body, each in its own write, and then the end, a cut, or (with `stays`) silence until released. */
  | {
      readonly kind: 'raw'
      readonly writes: readonly (string | Uint8Array)[]
      readonly contentType?: string
      readonly cut?: boolean
      readonly stays?: boolean
    }

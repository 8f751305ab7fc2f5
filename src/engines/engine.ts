import type { LayerRange } from '../spec/layer-range.ts'
import type { Capability, InferenceRequest } from '../spec/request.ts'
import type { StreamPart } from '../spec/stream-part.ts'

/**
 * The upper level of an engine: a model that answers requests. Upstream servers, replayed outputs and, through the generation loop, sessions are generators.
 * `R` is the view it may read: one that sends requests away takes only sanitised ones.
 */
export interface Generator<R extends InferenceRequest = InferenceRequest> extends AsyncDisposable {
  /** Id of the model, as `GET /v1/models` lists it. */
  readonly model: string
  readonly capabilities: ReadonlySet<Capability>
  /** Prompt and answer together must fit; absent when unknown (the server behind it checks). */
  readonly contextTokens?: number | undefined
  /** Why it cannot answer at the moment, or undefined when it can. */
  unavailable(): string | undefined
  /**
   * Answers one request. The stream ends with one `finish` part or throws an EdgewiseError.
   * Work stops within one step after `signal` aborts or the consumer leaves the loop.
   */
  generate(request: R, signal: AbortSignal): AsyncIterable<StreamPart>
}

/** Hidden states of a run of tokens, row-major (tokens, hiddenSize). */
export interface Hidden {
  readonly kind: 'hidden'
  readonly data: Float32Array
  readonly tokens: number
}

export interface TokenIds {
  readonly kind: 'tokens'
  readonly ids: readonly number[]
}

/** Unnormalised log-probabilities, row-major (rows, vocabulary). */
export interface Logits {
  readonly kind: 'logits'
  readonly data: Float32Array
  readonly rows: number
}

/** The lower level of an engine: a loaded model, or a range of its layers, that steps sequences. */
export interface SessionModel extends AsyncDisposable {
  readonly layers: LayerRange
  /** Size of a logits row, or of a hidden row when the range ends before the last layer. */
  readonly rowSize: number
  readonly contextTokens: number
  /** Bytes of KV cache that one token takes. */
  readonly kvBytesPerToken: number
  /** Bytes of KV cache that each session takes, however short it is; absent: it grows with its tokens. */
  readonly kvBytesPerSession?: number
  /** Tokens of a prompt that are best read in one step; absent: 64. */
  readonly prefillTokens?: number
  openSession(): Session
}

/** One sequence with its KV cache. Several sessions of one model may be stepped in turns; one session never concurrently. */
export interface Session extends AsyncDisposable {
  /** Tokens in the cache. */
  readonly position: number
  /** Bytes of KV cache held now. */
  readonly kvBytes: number
  /**
   * Appends tokens (or their hidden states) and gives the output of the last row only, or of all rows. The last row alone may be overwritten by the next
   * step of this session: whoever keeps it copies it.
   * Throws `context-exceeded` when the sequence would not fit; the session is then unchanged.
   */
  step(input: TokenIds | Hidden, rows: 'last' | 'all'): Promise<Logits | Hidden>
  /** Forgets everything from `position` on: rejected drafts, a retried step. Throws a RangeError beyond the present position. */
  rewind(position: number): void
}

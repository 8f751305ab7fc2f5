import { EdgewiseError } from '../spec/errors.ts'
import type { FinishReason, StreamPart, TokenLogprob, Usage } from '../spec/stream-part.ts'
import { readLegacyLogprobs } from './legacy-logprobs.ts'
import { type PlainChunk, readPlainChunk } from './plain-chunk.ts'
import { type UpstreamChunk, type UpstreamDelta, type UpstreamLogprob, upstreamChunk } from './upstream-chunk.ts'
import { isErrorEvent, upstreamError } from './upstream-error.ts'
import { UpstreamToolCalls } from './upstream-tool-calls.ts'

export interface UpstreamDecoderOptions {
  /** How errors name the server. */
  readonly upstream?: string
  /** The upstream's name of the model, for errors. */
  readonly model?: string
  /** A secret that no error may repeat. */
  readonly secret?: string
}

export interface UpstreamDecoder {
  /** True once the model has begun to write, be it only reasoning that is not passed on. */
  readonly hasBegun: boolean
  /** Parts in one parsed chunk, or in a whole answer. Throws `upstream-failed` for an error object or what is no chunk at all. */
  push(chunk: unknown): readonly StreamPart[]
  /**
   * The `finish` part, once the stream is over. Throws `stream-cut` when no choice, or neither a finish reason nor `[DONE]` (`sawDone`) was seen.
   * Without reported usage its pieces stand for its tokens, and the prompt counts as 0.
   */
  end(sawDone: boolean): StreamPart
}

/** Reads the chunks of any OpenAI-compatible server, whatever its quirks, as parts of one answer. */
export function createUpstreamDecoder(options: UpstreamDecoderOptions = {}): UpstreamDecoder {
  return new ChunkDecoder(options)
}

class ChunkDecoder implements UpstreamDecoder {
  readonly #options: UpstreamDecoderOptions
  readonly #toolCalls = new UpstreamToolCalls()
  #pieces = 0
  #sawChoice = false
  #finishReason: string | undefined
  #usage: NonNullable<UpstreamChunk['usage']> | undefined
  #answerId = ''

  constructor(options: UpstreamDecoderOptions) {
    this.#options = options
  }

  get hasBegun(): boolean {
    return this.#pieces > 0
  }

  push(chunk: unknown): readonly StreamPart[] {
    if (isErrorEvent(chunk)) throw this.#failure(chunk)
    const plain = readPlainChunk(chunk)
    if (plain !== undefined) return this.#readPlain(plain)
    const parsed = upstreamChunk.safeParse(chunk)
    if (!parsed.success) throw this.#malformed()
    const { id, choices, usage, x_groq } = parsed.data
    this.#answerId ||= id ?? ''
    this.#usage = usage ?? x_groq?.usage ?? this.#usage
    const choice = choices?.find((one) => (one.index ?? 0) === 0)
    if (choice === undefined) return []
    this.#sawChoice = true
    const parts: StreamPart[] = []
    const logprobs = choice.logprobs?.content?.map(readLogprob) ?? readLegacyLogprobs(choice.logprobs ?? {})
    this.#read(choice.delta ?? choice.message ?? { content: choice.text }, logprobs, parts)
    this.#finishReason = choice.finish_reason || this.#finishReason
    if (this.#finishReason === 'error') throw this.#failure(chunk)
    return parts
  }

  end(sawDone: boolean): StreamPart {
    if (!this.#sawChoice || (this.#finishReason === undefined && !sawDone)) {
      throw new EdgewiseError('stream-cut', `the answer of ${this.#upstream} broke off after ${this.#pieces} pieces`)
    }
    if (this.#finishReason === 'abort') {
      throw new EdgewiseError('stream-cut', `${this.#upstream} aborted the answer after ${this.#pieces} pieces`)
    }
    const cachedTokens = this.#usage?.prompt_tokens_details?.cached_tokens || undefined
    const usage = {
      promptTokens: this.#usage?.prompt_tokens ?? 0,
      ...(cachedTokens === undefined ? {} : { cachedTokens }),
      completionTokens: this.#usage?.completion_tokens ?? this.#pieces,
      ...costOf(this.#usage),
    }
    return { type: 'finish', reason: finishReason(this.#finishReason, this.#toolCalls.count > 0), usage }
  }

  get #upstream(): string {
    return this.#options.upstream ?? 'the upstream server'
  }

  #readPlain({ id, text }: PlainChunk): readonly StreamPart[] {
    this.#answerId ||= id
    this.#sawChoice = true
    this.#pieces += 1
    return [{ type: 'text-delta', text }]
  }

  #read(delta: UpstreamDelta | undefined, logprobs: readonly TokenLogprob[] | undefined, parts: StreamPart[]): void {
    const text = contentText(delta)
    if (text !== '' || (logprobs !== undefined && logprobs.length > 0)) {
      parts.push(logprobs === undefined ? { type: 'text-delta', text } : { type: 'text-delta', text, logprobs })
    }
    for (const call of delta?.tool_calls ?? []) parts.push(this.#toolCalls.push(call, this.#answerId))
    if (parts.length > 0 || delta?.reasoning_content || delta?.reasoning) this.#pieces += 1
  }

  #failure(body: unknown): EdgewiseError {
    const { model = '', secret } = this.#options
    return upstreamError({ body, upstream: this.#upstream, model, ...(secret === undefined ? {} : { secret }) })
  }

  #malformed(): EdgewiseError {
    return new EdgewiseError('upstream-failed', `${this.#upstream} sent JSON that is no chunk of a chat completion`)
  }
}

/** Only with its currency, as our hub says it: a bare number is another server's own unit. */
export function costOf(usage: UpstreamChunk['usage']): Pick<Usage, 'cost'> {
  const { cost, currency } = usage ?? {}
  if (typeof cost !== 'number' || typeof currency !== 'string') return {}
  return { cost: { micros: Math.round(cost * 1_000_000), currency } }
}

function contentText(delta: UpstreamDelta | undefined): string {
  const content = delta?.content
  if (typeof content === 'string' && content !== '') return content
  if (typeof content === 'object' && content !== null) {
    return content.map((part) => (part.type === 'text' ? (part.text ?? '') : '')).join('')
  }
  return delta?.refusal ?? ''
}

/** Unknown words count as a normal end; a normal end after tool calls is what several servers say for `tool_calls`. */
function finishReason(word: string | undefined, hasToolCalls: boolean): FinishReason {
  switch (word) {
    case 'length':
    case 'max_tokens':
      return 'length'
    case 'content_filter':
      return 'content-filter'
    case 'tool_calls':
    case 'function_call':
      return 'tool-calls'
    default:
      return hasToolCalls ? 'tool-calls' : 'stop'
  }
}

function readLogprob({ top_logprobs, ...token }: UpstreamLogprob): TokenLogprob {
  return { ...readToken(token), top: (top_logprobs ?? []).map(readToken) }
}

function readToken({ token, logprob, bytes }: Omit<UpstreamLogprob, 'top_logprobs'>) {
  return { token, logprob, bytes: bytes ?? [...new TextEncoder().encode(token)] }
}

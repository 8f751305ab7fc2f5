import { EdgewiseError } from '../../spec/errors.ts'

export interface AdmissionOptions {
  readonly model: string
  /** Longest sequence of the model. */
  readonly contextTokens: number
  readonly kvBytesPerToken: number
  /** What a request takes whatever its length; absent: what its tokens take. */
  readonly kvBytesPerSession?: number | undefined
  readonly kvBudgetBytes: number
  /** Measured pace, for the advice when to come back. */
  readonly decodeTokensPerSecond: () => number | undefined
}

/** A request's share of the KV memory, given back when disposed. */
export interface Admitted extends Disposable {
  /** Tokens that the answer may have. */
  readonly room: number
  /** To be called for each piece of the answer: others learn from it how long they would wait. */
  progress(): void
  /** Makes the share at least so large; says false, and changes nothing, when that is more than double or the memory is not there. */
  cover(bytes: number): boolean
}

/** Gives out KV memory in advance, for the longest a request can become: an admitted request never runs out of it. */
export interface Admission {
  /** Longest prompt with its answer: the model's context, or as much of it as the budget holds. */
  readonly contextTokens: number
  readonly running: number
  readonly kvBytes: number
  /** Throws `context-exceeded` when the prompt leaves no room for an answer, `overloaded` when no memory is free now. */
  admit(promptTokens: number, maxTokens: number | undefined): Admitted
}

/** Admission to one model; nobody is in yet. */
export function createAdmission(options: AdmissionOptions): Admission {
  const { model, kvBytesPerToken, kvBytesPerSession, kvBudgetBytes } = options
  const contextTokens = Math.min(options.contextTokens, Math.floor(kvBudgetBytes / kvBytesPerToken))
  const running = new Set<{ bytes: number; left: number }>()
  const reserved = () => running.values().reduce((total, { bytes }) => total + bytes, 0)

  function overloaded(tokens: number): EdgewiseError {
    const soonest = Math.min(...running.values().map(({ left }) => left)) * running.size
    const seconds = soonest / (options.decodeTokensPerSecond() ?? 10)
    return new EdgewiseError(
      'overloaded',
      `${model} has no memory free for ${tokens} more tokens: ${running.size} requests hold ${reserved()} of ${kvBudgetBytes} bytes of KV cache`,
      { retryAfterSeconds: Math.min(60, Math.max(1, Math.ceil(seconds))) },
    )
  }

  return {
    contextTokens,
    get running() {
      return running.size
    },
    get kvBytes() {
      return reserved()
    },
    admit(promptTokens, maxTokens = contextTokens) {
      if (promptTokens >= contextTokens) throw exceeded(model, promptTokens, contextTokens)
      const room = Math.min(maxTokens, contextTokens - promptTokens)
      const tokens = promptTokens + room
      const share = { bytes: kvBytesPerSession ?? tokens * kvBytesPerToken, left: room }
      if (reserved() + share.bytes > kvBudgetBytes) throw overloaded(tokens)
      running.add(share)
      return {
        room,
        progress() {
          share.left = Math.max(0, share.left - 1)
        },
        cover(bytes) {
          if (bytes <= share.bytes) return true
          if (bytes > 2 * share.bytes || reserved() - share.bytes + bytes > kvBudgetBytes) return false
          share.bytes = bytes
          return true
        },
        [Symbol.dispose]: () => void running.delete(share),
      }
    },
  }
}

function exceeded(model: string, promptTokens: number, contextTokens: number): EdgewiseError {
  return new EdgewiseError(
    'context-exceeded',
    `the prompt takes ${promptTokens} tokens, but ${model} holds ${contextTokens} together with the answer; shorten the messages`,
    { param: 'messages' },
  )
}

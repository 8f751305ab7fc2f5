import { createHash } from 'node:crypto'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { Constraint } from '../generation/constraint.ts'
import { GrammarThread, type ThreadFault } from './grammar-thread.ts'
import { MatcherConstraint } from './matcher-constraint.ts'
import type { OpenMatcher, Vocabulary } from './thread-protocol.ts'

export interface GrammarEngineOptions {
  /** Called when a thread starts. */
  readonly vocabulary: () => Vocabulary
  /** Numbers in a row of logits. */
  readonly size: number
  readonly delay: Clock['delay']
  /** How long one grammar may take to compile. */
  readonly compileMs?: number
}

export interface OpenOptions {
  /** EBNF, which begins with the rule `root`. */
  readonly grammar: string
  /** Field of the request that asked for it, for errors. */
  readonly param: string
  /** Text that the answer already has. */
  readonly start?: string
  readonly signal: AbortSignal
}

/** How long a thread may take to come up, and to answer anything but a grammar to compile. */
const startMs = 20_000
const answerMs = 2000
/** Grammars that are remembered because they brought a thread down. */
const mostRefused = 256

/**
 * The grammar engine in a thread, started when it is first needed. What goes wrong in it costs the request that it was at work on, with
 * `unsupported-field`; the others go on in a new thread, in which their tokens are read again.
 */
export class GrammarEngine implements AsyncDisposable {
  readonly #options: Required<GrammarEngineOptions>
  readonly #closing = new AbortController()
  readonly #refused = new Set<string>()
  #thread: GrammarThread | undefined
  #isWatching = false
  #matchers = 0
  #starts = 0
  /** Grammars are compiled one at a time, so that each has its whole deadline. */
  #lastOpen: Promise<unknown> = Promise.resolve()

  constructor({ compileMs = 500, ...options }: GrammarEngineOptions) {
    this.#options = { ...options, compileMs }
  }

  /** Threads started so far. */
  get starts(): number {
    return this.#starts
  }

  /**
   * A constraint that allows what the grammar does. Throws `unsupported-field` when it takes longer than the deadline to compile or brings the
   * engine down, `invalid-request` when the text so far is not in it.
   */
  async open({ grammar, param, start = '', signal }: OpenOptions): Promise<Constraint> {
    const hash = createHash('sha256').update(grammar).digest('base64')
    if (this.#refused.has(hash)) throw this.#tooComplex(param)
    const constraint = new MatcherConstraint({ engine: this, grammar, param, start, size: this.#options.size })
    try {
      await constraint.attach()
    } catch (thrown) {
      if (thrown instanceof EdgewiseError && thrown.code === 'unsupported-field') this.#remember(hash)
      throw thrown
    }
    if (!signal.aborted) return constraint
    await constraint[Symbol.asyncDispose]()
    throw new EdgewiseError('aborted', 'the request was aborted', { cause: signal.reason })
  }

  /** For `MatcherConstraint`: makes a matcher in a living thread. `isIn` is false when what was already said is not in the grammar. */
  openMatcher(message: Omit<OpenMatcher, 'kind' | 'matcher'>): Promise<OpenedMatcher> {
    const opening = this.#lastOpen.then(() => this.#open(message))
    this.#lastOpen = opening.catch(() => undefined)
    return opening
  }

  /** For `MatcherConstraint`: notices when a call is never answered. */
  watch(): void {
    if (!this.#isWatching) void this.#watchOver()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#thread?.[Symbol.asyncDispose]()
  }

  async #open(message: Omit<OpenMatcher, 'kind' | 'matcher'>): Promise<OpenedMatcher> {
    const thread = await this.#living()
    const matcher = ++this.#matchers
    const isIn = await this.#within(this.#options.compileMs, thread, thread.call({ kind: 'open', matcher, ...message }))
    return { thread, matcher, isIn }
  }

  async #living(): Promise<GrammarThread> {
    if (this.#closing.signal.aborted) throw new EdgewiseError('engine-unavailable', 'the grammar engine is closed')
    if (this.#thread === undefined || this.#thread.hasEnded) {
      this.#thread = new GrammarThread(this.#options.vocabulary())
      this.#starts++
    }
    try {
      await this.#within(startMs, this.#thread, this.#thread.ready)
    } catch (cause) {
      throw new EdgewiseError(
        'engine-unavailable',
        'the grammar engine @mlc-ai/web-xgrammar does not start; reinstall Edgewise',
        { cause },
      )
    }
    return this.#thread
  }

  /** The thread's answer; ends the thread when it takes longer than `ms`. */
  async #within<T>(ms: number, thread: GrammarThread, answer: Promise<T>): Promise<T> {
    const patience = new AbortController()
    const late = this.#options.delay(ms, patience.signal).then(
      () => thread.end(`it took longer than ${ms} ms`),
      () => undefined,
    )
    try {
      return await answer
    } finally {
      patience.abort()
      await late
    }
  }

  async #watchOver(): Promise<void> {
    this.#isWatching = true
    try {
      while (this.#thread !== undefined && this.#thread.waiting > 0) {
        const { answered } = this.#thread
        const thread = this.#thread
        await this.#options.delay(answerMs, this.#closing.signal)
        if (thread.waiting > 0 && thread.answered === answered) await thread.end(`it gave no answer for ${answerMs} ms`)
      }
    } catch {
      // The engine is being closed.
    } finally {
      this.#isWatching = false
    }
  }

  #remember(hash: string): void {
    const [oldest] = this.#refused
    if (this.#refused.size >= mostRefused && oldest !== undefined) this.#refused.delete(oldest)
    this.#refused.add(hash)
  }

  #tooComplex(param: string): EdgewiseError {
    return tooComplex(param, 'the grammar engine failed on it before')
  }
}

/** A matcher in a thread. */
export interface OpenedMatcher {
  readonly thread: GrammarThread
  readonly matcher: number
  /** False when what was already said is not in the grammar; there is no matcher then. */
  readonly isIn: boolean
}

/** The refusal of a grammar that the engine cannot take. */
export function tooComplex(param: string, because: string, cause?: ThreadFault): EdgewiseError {
  const text = `${param} is too complex for the grammar engine: ${because}; simplify its schema`
  return new EdgewiseError('unsupported-field', text, { param, ...(cause === undefined ? {} : { cause }) })
}

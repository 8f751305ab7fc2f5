import { EdgewiseError } from '../../spec/errors.ts'
import type { Constraint } from '../generation/constraint.ts'
import { isInMask } from '../generation/token-mask.ts'
import { type GrammarEngine, type OpenedMatcher, tooComplex } from './grammar-engine.ts'
import { ThreadFault } from './grammar-thread.ts'

export interface MatcherConstraintOptions {
  readonly engine: GrammarEngine
  readonly grammar: string
  readonly param: string
  /** Text that the answer already has. */
  readonly start: string
  /** Numbers in a row of logits. */
  readonly size: number
}

/** How often a request goes on in a new thread when others bring theirs down. */
const mostAttempts = 5

/** A constraint whose matcher lives in the grammar engine's thread. It remembers its tokens and reads them again when that thread ends. */
export class MatcherConstraint implements Constraint {
  readonly #options: MatcherConstraintOptions
  readonly #accepted: number[] = []
  readonly #mask: Uint32Array<SharedArrayBuffer>
  /** True while the mask is that of the present place. */
  #isMaskFresh = false
  #opened: OpenedMatcher | undefined

  constructor(options: MatcherConstraintOptions) {
    this.#options = options
    this.#mask = new Uint32Array(new SharedArrayBuffer(4 * Math.ceil(options.size / 32)))
  }

  async accept(id: number, signal: AbortSignal): Promise<boolean> {
    if (this.#isMaskFresh) return this.#acceptByMask(id)
    const isAccepted = await this.#ask({ kind: 'accept', id }, signal)
    if (isAccepted) this.#accepted.push(id)
    // The thread has written the mask along with its refusal.
    else this.#isMaskFresh = true
    return isAccepted
  }

  async mask(signal: AbortSignal): Promise<Uint32Array> {
    if (!this.#isMaskFresh) await this.#ask({ kind: 'mask' }, signal)
    this.#isMaskFresh = true
    return this.#mask
  }

  /** Makes the matcher unless it lives. Errors as of `GrammarEngine.open`. */
  async attach(): Promise<void> {
    const { engine, grammar, param, start } = this.#options
    await this.#again(async () => {
      if (this.#opened !== undefined && !this.#opened.thread.hasEnded) return
      this.#opened = await engine.openMatcher({ grammar, start, accepted: this.#accepted, mask: this.#mask.buffer })
    })
    if (this.#opened?.isIn) return
    throw new EdgewiseError(
      'invalid-request',
      `the answer so far does not satisfy ${param}, so it cannot be continued`,
      { param },
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#opened?.isIn) this.#opened.thread.close(this.#opened.matcher)
  }

  /** The mask decides already, so the thread is only told. */
  #acceptByMask(id: number): boolean {
    if (!isInMask(this.#mask, id)) return false
    this.#accepted.push(id)
    this.#isMaskFresh = false
    const { thread, matcher } = this.#opened ?? {}
    // Should the thread end, the token is among those that are read again.
    if (matcher !== undefined) thread?.call({ kind: 'accept', matcher, id }).catch(() => undefined)
    return true
  }

  async #ask(question: { kind: 'accept'; id: number } | { kind: 'mask' }, signal: AbortSignal): Promise<boolean> {
    const answer = await this.#again(async () => {
      if (this.#opened === undefined || this.#opened.thread.hasEnded) await this.attach()
      const { thread, matcher } = this.#opened as OpenedMatcher
      const answering = thread.call({ ...question, matcher })
      this.#options.engine.watch()
      return answering
    })
    if (signal.aborted) throw new EdgewiseError('aborted', 'the request was aborted', { cause: signal.reason })
    return answer
  }

  /** Does it again in a new thread while the fault of the old one was another's. */
  async #again<T>(action: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await action()
      } catch (thrown) {
        if (!(thrown instanceof ThreadFault)) throw thrown
        if (thrown.isGuilty || attempt === mostAttempts) throw tooComplex(this.#options.param, thrown.message, thrown)
      }
    }
  }
}

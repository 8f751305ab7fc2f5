import { EdgewiseError } from '../../spec/errors.ts'

/** Counts the requests under way, and refuses more than the limit. */
export class RunningRequests {
  readonly #limit: number
  #count = 0
  #onIdle: (() => void)[] = []

  constructor({ limit }: { readonly limit: number }) {
    this.#limit = limit
  }

  get count(): number {
    return this.#count
  }

  /** Takes a place and gives the way to leave it, which works once. Throws `overloaded` when all are taken. */
  enter(): () => void {
    if (this.#count >= this.#limit) {
      const message = `All ${this.#limit} places of this hub are taken (hub.limits.concurrency). Try again in a second.`
      throw new EdgewiseError('overloaded', message, { retryAfterSeconds: 1 })
    }
    this.#count += 1
    let hasLeft = false
    return () => {
      if (hasLeft) return
      hasLeft = true
      this.#count -= 1
      if (this.#count === 0) for (const tell of this.#onIdle.splice(0)) tell()
    }
  }

  /** Resolves when no request is under way. */
  async idle(): Promise<void> {
    if (this.#count > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve))
  }
}

import { EdgewiseError } from '../../spec/errors.ts'

/** Memory for the bodies of running requests. A body's share is taken before a byte of it is read. */
export interface BodyBudget {
  /** Bytes of all bodies together, and of one. */
  limits: BodyLimits
  /** Bytes taken now. */
  readonly taken: number
  /** Takes a share by the declared length, or the most that one may have where none is declared. Throws `overloaded`. Returns the bytes to give back. */
  take(contentLength: string | undefined): number
  giveBack(bytes: number): void
}

export interface BodyLimits {
  readonly totalBodyBytes: number
  readonly bodyBytes: number
}

export function createBodyBudget(limits: BodyLimits): BodyBudget {
  let taken = 0
  return {
    limits,
    get taken() {
      return taken
    },
    take(contentLength) {
      const { totalBodyBytes, bodyBytes } = this.limits
      // A length that is no number, or too large, is refused by whoever reads the body.
      const bytes = Math.min(Number(contentLength ?? bodyBytes) || 0, bodyBytes)
      if (taken > 0 && taken + bytes > totalBodyBytes) throw full(totalBodyBytes)
      taken += bytes
      return bytes
    },
    giveBack(bytes) {
      taken -= bytes
    },
  }
}

function full(totalBodyBytes: number): EdgewiseError {
  const message = `The bodies of running requests take the ${totalBodyBytes} bytes that they may (limits.totalBodyBytes). Try again in a second.`
  return new EdgewiseError('overloaded', message, { retryAfterSeconds: 1 })
}

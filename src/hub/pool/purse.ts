import type { EdgewiseError } from '../../spec/errors.ts'
import type { SanitisedRequest } from '../../spec/outbound.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { Price } from '../money/price.ts'

export type FinishPart = Extract<StreamPart, { type: 'finish' }>

/** Pays for the attempts of one request. */
export interface Purse {
  /** Sets aside what an answer by this member can cost at most; absent price: nothing. Throws `budget-exceeded`. */
  open(member: { readonly name: string; readonly price?: Price }, request: SanitisedRequest): Bill | Promise<Bill>
}

/** What one attempt costs. */
export interface Bill {
  /** The request to send; it may have an upper limit of tokens that the caller did not set. */
  readonly request: SanitisedRequest
  /** Notes a part of the answer as it comes. */
  count(part: StreamPart): void
  /** Books the reported usage. The same part, with its cost. Never throws. */
  finished(part: FinishPart): Promise<FinishPart>
  /** Books what was streamed so far when the answer ended otherwise. Does nothing after `finished`. Never throws. */
  broken(end: BrokenAnswer): Promise<void>
}

/** How an answer without a finish ended. */
export interface BrokenAnswer {
  readonly wasSent: boolean
  /** Absent when its reader left. */
  readonly error: EdgewiseError | undefined
}

/** Where nobody pays. */
export const freePurse: Purse = {
  open(_member, request) {
    return { request, count() {}, finished: async (part) => part, async broken() {} }
  },
}

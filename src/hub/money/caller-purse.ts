import { admitSanitised } from '../../privacy/admit.ts'
import type { ErrorCode } from '../../spec/errors.ts'
import type { SanitisedRequest } from '../../spec/outbound.ts'
import type { Usage } from '../../spec/stream-part.ts'
import type { Bill, Purse } from '../pool/purse.ts'
import { costMicros, isFree, mostMicros, type Price } from './price.ts'
import type { PromptTokens } from './prompt-tokens.ts'
import type { MoneyLimits, Spending, SpentTokens } from './spending.ts'
import { StreamedAnswer } from './streamed-answer.ts'

export interface CallerPurseOptions {
  readonly caller: string
  readonly limits: MoneyLimits
  readonly prompt: PromptTokens
  /** Tokens of an answer that money is set aside for when the request sets no limit; with a limit of money they become one. */
  readonly outputTokens: number
  readonly spending: Spending
  /** Told of every attempt that was paid for. */
  readonly onSpent: (member: string, spent: SpentTokens) => void
}

/** Errors by which a member did no work that anybody would charge for, as long as nothing was streamed. */
const unbilled: ReadonlySet<ErrorCode> = new Set([
  'link-down',
  'overloaded',
  'rate-limited',
  'budget-exceeded',
  'upstream-rejected',
  'upstream-failed',
  'engine-unavailable',
  'context-exceeded',
  'model-not-found',
  'unsupported-field',
  'invalid-request',
])

/**
 * The purse of one caller for one request: sets aside the most that an attempt can cost, and books what it did cost. Under a limit of money
 * an answer that ends without reported usage costs all that was set aside: a model may have reasoned unseen and may write on after its
 * reader left, so a caller who leaves early could pass the limit by any smaller guess.
 */
export class CallerPurse implements Purse {
  readonly #options: CallerPurseOptions
  #tokens = 0

  constructor(options: CallerPurseOptions) {
    this.#options = options
  }

  /** Tokens of all attempts that are over. */
  get tokens(): number {
    return this.#tokens
  }

  open(member: { readonly name: string; readonly price?: Price }, request: SanitisedRequest): Bill | Promise<Bill> {
    const { name, price } = member
    if (price === undefined || isFree(price)) return this.#bill(name, request, undefined)
    return this.#openPaid(name, price, request)
  }

  async #openPaid(name: string, price: Price, request: SanitisedRequest): Promise<Bill> {
    const { caller, limits, prompt, outputTokens, spending } = this.#options
    const isLimited = limits.microsPerDay !== undefined || limits.microsPerMonth !== undefined
    // Vectors are paid for by the prompt alone.
    const completion = request.embedding === undefined ? (request.maxTokens ?? outputTokens) : 0
    const micros = mostMicros(price, { prompt: prompt.most, completion })
    const id = await spending.reserve(caller, micros, limits)
    const bounded = isLimited && request.maxTokens === undefined && request.embedding === undefined
    const sent = bounded ? admitSanitised({ ...request, maxTokens: completion }) : request
    return this.#bill(name, sent, { id, price, unreported: isLimited ? micros : undefined })
  }

  #bill(member: string, request: SanitisedRequest, paid: Paid | undefined): Bill {
    const { prompt, spending } = this.#options
    const streamed = new StreamedAnswer()
    const over = spending.begin()
    const unreported = paid?.unreported === undefined ? {} : { micros: paid.unreported }
    let isSettled = false
    const settle = async (
      usage: Usage,
      { requests = 1, micros = paid === undefined ? 0 : costMicros(paid.price, usage) } = {},
    ) => {
      isSettled = true
      const { promptTokens, completionTokens } = usage
      await this.#settle(member, paid, { micros, requests, promptTokens, completionTokens })
      over()
      return micros
    }
    return {
      request,
      count: (part) => streamed.take(part),
      finished: async (part) => {
        // Servers that report nothing report 0.
        const isReported = part.usage.promptTokens > 0
        const usage = { ...part.usage, promptTokens: part.usage.promptTokens || prompt.likely }
        const micros = await settle(usage, isReported ? {} : unreported)
        if (paid === undefined) return part
        return { ...part, usage: { ...part.usage, cost: { micros, currency: spending.currency } } }
      },
      broken: async ({ wasSent, error }) => {
        if (isSettled) return
        const isBilled = wasSent && (streamed.hasBegun || error === undefined || !unbilled.has(error.code))
        if (isBilled) await settle({ promptTokens: prompt.likely, completionTokens: streamed.tokens }, unreported)
        else await settle({ promptTokens: 0, completionTokens: 0 }, { requests: 0 })
      },
    }
  }

  async #settle(member: string, paid: Paid | undefined, spent: SpentTokens): Promise<void> {
    const { caller, spending, onSpent } = this.#options
    this.#tokens += spent.promptTokens + spent.completionTokens
    if (paid !== undefined) await spending.settle(paid.id, spent)
    else if (spent.requests > 0) spending.addFree(caller, spent)
    onSpent(member, spent)
  }
}

interface Paid {
  /** Number of the reservation. */
  readonly id: number
  readonly price: Price
  /** Cost of an answer whose usage nobody reports, under a limit of money; absent: what was seen of it. */
  readonly unreported: number | undefined
}

import { asEdgewiseError } from '../../spec/errors.ts'
import type { SanitisedRequest } from '../../spec/outbound.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { HubConfig } from '../config.ts'
import type { Visit } from '../limits/caller-gate.ts'
import type { HubMetrics } from '../metrics.ts'
import { CallerPurse } from '../money/caller-purse.ts'
import { promptTokens } from '../money/prompt-tokens.ts'
import type { Spending } from '../money/spending.ts'
import type { Pool } from '../pool.ts'

export interface AccountedAnswerOptions {
  readonly pool: Pool
  readonly spending: Spending
  readonly metrics: HubMetrics
  readonly limits: Pick<HubConfig['limits'], 'outputTokens'>
  readonly request: SanitisedRequest
  readonly caller: string
  readonly visit: Visit
  readonly signal: AbortSignal
}

/** The pool's answer, at the expense of its caller: tokens and money are set aside before anything is sent and settled by what was streamed. */
export async function* accountedAnswer(options: AccountedAnswerOptions): AsyncGenerator<StreamPart> {
  const { pool, spending, metrics, limits, request, caller, visit, signal } = options
  const prompt = promptTokens(request)
  const purse = new CallerPurse({
    caller,
    limits: visit.limits,
    prompt,
    outputTokens: limits.outputTokens,
    spending,
    onSpent: metrics.spent,
  })
  visit.takeTokens(prompt.likely + (request.maxTokens ?? 0))
  try {
    yield* pool.generate(request, signal, purse)
  } catch (thrown) {
    if (asEdgewiseError(thrown).code === 'budget-exceeded') metrics.rejected('money')
    throw thrown
  } finally {
    visit.settleTokens(purse.tokens)
  }
}

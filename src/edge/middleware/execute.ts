import { withContinuation } from '../../placements/continuation.ts'
import type { Placement, RunContext } from '../../placements/placement.ts'
import type { SendFacts } from '../../privacy/ledger/ledger.ts'
import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { Plan, Rejection } from '../../spec/plan.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { Exchange, Middleware } from '../exchange.ts'
import { tap } from '../tap.ts'
import { withOverflow } from './overflow.ts'
import { type PlanOptions, planFor, viewsOf } from './plan.ts'

export interface ExecuteOptions extends PlanOptions {
  /** Told of a failure of the cloud that the answer survived. */
  readonly onLoss: (error: EdgewiseError) => void
  /** Told what the record of a send should say of its request, before anything can be sent for it. */
  readonly noteSend?: ((requestId: string, facts: Pick<SendFacts, 'placement' | 'report'>) => void) | undefined
}

/** Runs the chosen placement, with its fallback behind it. The innermost step: nothing comes after. */
export function execute(options: ExecuteOptions): Middleware {
  return async (exchange) => {
    const { plan } = exchange
    if (plan === undefined)
      throw new EdgewiseError('internal', 'there is no plan to execute; this is a bug, please report it')
    return { plan, parts: run(exchange, plan, options) }
  }
}

function run(exchange: Exchange, plan: Plan, options: ExecuteOptions): AsyncIterable<StreamPart> {
  const { policy, placements, onLoss } = options
  const { signal, streaming, trace } = exchange
  const views = viewsOf(exchange)
  const { report } = views
  options.noteSend?.(exchange.request.id, { placement: plan.placement, ...(report && { report }) })
  const context: RunContext = { signal, streaming, onConfidence: trace.judged }
  const primary = find(plan.placement, placements)
  const fallback = plan.fallback === undefined ? undefined : find(plan.fallback, placements)
  const { onCloudLoss } = policy
  const { placement, models, reason } = plan
  const begin = () => {
    if (fallback !== undefined) return withContinuation({ primary, fallback, views, context, onCloudLoss, onLoss })
    const parts = primary.run(views, context)
    if (primary.place !== 'edge') return parts
    return withOverflow(parts, (overloaded) => run(exchange, planElsewhere(exchange, overloaded, options), options))
  }
  const place: StreamPart = { type: 'placement', placement, model: models.join(', '), reason }
  return tap(startingWith(place, begin), {
    // When the signal ended the work, its reason (deadline, shutdown, client gone) is the failure, whatever the engines called it.
    mapError: (error) => (signal.aborted ? asEdgewiseError(signal.reason) : error),
  })
}

/** The plan without the local model, which has no room. Throws what it refused the request with when there is no other place. */
function planElsewhere(exchange: Exchange, refused: EdgewiseError, options: ExecuteOptions): Plan {
  const { message, retryAfterSeconds } = refused
  const full: Rejection = {
    code: 'overloaded',
    because: message,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  }
  try {
    const plan = planFor(exchange, options, full)
    exchange.trace.planned(plan)
    return plan
  } catch {
    throw refused
  }
}

/** `first`, then the parts of what `begin` opens when somebody asks for them. */
function startingWith(first: StreamPart, begin: () => AsyncIterable<StreamPart>): AsyncIterable<StreamPart> {
  let isFirst = true
  let rest: AsyncIterator<StreamPart> | undefined
  const iterator: AsyncIterator<StreamPart> = {
    next() {
      if (isFirst) {
        isFirst = false
        return Promise.resolve({ done: false, value: first })
      }
      try {
        rest ??= begin()[Symbol.asyncIterator]()
        return rest.next()
      } catch (error) {
        return Promise.reject(error)
      }
    },
    async return() {
      isFirst = false
      rest ??= nothing
      await rest.return?.()
      return { done: true, value: undefined }
    },
  }
  return { [Symbol.asyncIterator]: () => iterator }
}

const nothing: AsyncIterator<never> = { next: async () => ({ done: true, value: undefined }) }

function find(kind: Plan['placement'], placements: readonly Placement[]): Placement {
  const placement = placements.find((candidate) => candidate.kind === kind)
  if (placement === undefined)
    throw new EdgewiseError('internal', `the plan names ${kind}, which this edge does not have`)
  return placement
}

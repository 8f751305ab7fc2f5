import { withContinuation } from '../../placements/continuation.ts'
import type { Placement, RunContext } from '../../placements/placement.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Plan } from '../../spec/plan.ts'
import type { Policy } from '../../spec/policy.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { Exchange, Middleware } from '../exchange.ts'
import { viewsOf } from './plan.ts'

export interface ExecuteOptions {
  readonly policy: Policy
  readonly placements: readonly Placement[]
  /** Told of a failure of the cloud that the answer survived. */
  readonly onLoss: (error: EdgewiseError) => void
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

async function* run(
  exchange: Exchange,
  plan: Plan,
  { policy, placements, onLoss }: ExecuteOptions,
): AsyncGenerator<StreamPart> {
  const { signal, streaming, trace } = exchange
  const views = viewsOf(exchange)
  const context: RunContext = { signal, streaming, onConfidence: trace.judged }
  const primary = find(plan.placement, placements)
  const fallback = plan.fallback === undefined ? undefined : find(plan.fallback, placements)
  const { onCloudLoss } = policy
  yield { type: 'placement', placement: plan.placement, model: plan.models.join(', '), reason: plan.reason }
  try {
    if (fallback === undefined) yield* primary.run(views, context)
    else yield* withContinuation({ primary, fallback, views, context, onCloudLoss, onLoss })
  } catch (error) {
    // When the signal ended the work, its reason (deadline, shutdown, client gone) is the failure, whatever the engines called it.
    throw signal.aborted ? signal.reason : error
  }
}

function find(kind: Plan['placement'], placements: readonly Placement[]): Placement {
  const placement = placements.find((candidate) => candidate.kind === kind)
  if (placement === undefined)
    throw new EdgewiseError('internal', `the plan names ${kind}, which this edge does not have`)
  return placement
}

import type { Placement } from '../../placements/placement.ts'
import { choose } from '../../planner/choose.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { LinkProfile } from '../../spec/link-profile.ts'
import type { RequestViews } from '../../spec/outbound.ts'
import type { Candidate, Plan } from '../../spec/plan.ts'
import type { Policy } from '../../spec/policy.ts'
import type { Exchange, Middleware } from '../exchange.ts'
import { type ModelNames, resolveModel } from '../model-names.ts'

/** Length that an answer is expected to have when the request does not bound it. */
const usualAnswerTokens = 64

export interface PlanOptions {
  readonly policy: Policy
  readonly placements: readonly Placement[]
  readonly link: () => LinkProfile
  readonly names: () => ModelNames
}

/** Makes the choice for this request and remembers it. */
export function planning(options: PlanOptions): Middleware {
  return (exchange, next) => {
    const plan = planFor(exchange, options)
    exchange.trace.planned(plan)
    return next({ ...exchange, plan })
  }
}

function planFor(exchange: Exchange, { policy, placements, link, names }: PlanOptions): Plan {
  const { request, mode = policy.mode, deadlineMs } = exchange
  const views = viewsOf(exchange)
  const profile = link()
  const model = resolveModel(request.model, names())
  return choose({
    candidates: placements.map((placement) => candidateOf(placement, views, profile)),
    mode,
    ...(model === undefined ? {} : { model }),
    ...(views.sanitised === undefined
      ? { keptBecause: views.keptBecause ?? 'the guard keeps this request at the edge' }
      : {}),
    link: profile,
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    expectedTokens: Math.min(request.maxTokens ?? usualAnswerTokens, usualAnswerTokens),
  })
}

function candidateOf(placement: Placement, { raw }: RequestViews, link: LinkProfile): Candidate {
  const { kind, place, models, needsLink, discloses, exact } = placement
  const unavailable = placement.unavailable(raw)
  return {
    placement: kind,
    place,
    models,
    needsLink,
    discloses,
    exact,
    estimate: placement.estimate(raw, link),
    ...(unavailable === undefined ? {} : { unavailable }),
  }
}

/** The views that the guard made. Without them nothing may run: a pipeline without a guard is a bug, and fails closed. */
export function viewsOf({ views }: Exchange): RequestViews {
  if (views === undefined)
    throw new EdgewiseError('internal', 'the request did not pass the guard; this is a bug, please report it')
  return views
}

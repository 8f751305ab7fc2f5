import type { Placement } from '../../placements/placement.ts'
import { choose } from '../../planner/choose.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { LinkProfile } from '../../spec/link-profile.ts'
import type { RequestViews } from '../../spec/outbound.ts'
import type { Candidate, Plan, Rejection } from '../../spec/plan.ts'
import type { Policy } from '../../spec/policy.ts'
import type { Exchange, Middleware } from '../exchange.ts'
import type { LocalWork } from '../local-work.ts'
import { type ModelNames, resolveModel } from '../model-names.ts'

/** Length that an answer is expected to have when the request does not bound it. */
const usualAnswerTokens = 64

export interface PlanOptions {
  readonly policy: Policy
  readonly placements: readonly Placement[]
  readonly link: () => LinkProfile
  readonly names: () => ModelNames
  /** Tells when the local model has too much to do already; absent: it takes what it is given. */
  readonly localWork?: Pick<LocalWork, 'full'>
}

/** Makes the choice for this request and remembers it. */
export function planning(options: PlanOptions): Middleware {
  return (exchange, next) => {
    const plan = planFor(exchange, options)
    exchange.trace.planned(plan)
    return next({ ...exchange, plan })
  }
}

/** The choice for this request. `full` is why the local model cannot take it now, for one who tried. Throws when nothing can take it. */
export function planFor(
  exchange: Exchange,
  { policy, placements, link, names, localWork }: PlanOptions,
  full: Rejection | undefined = localWork?.full(exchange.request.priority),
): Plan {
  const { request, mode = policy.mode, deadlineMs } = exchange
  const views = viewsOf(exchange)
  const profile = link()
  const model = resolveModel(request.model, names())
  return choose({
    candidates: placements.map((placement) => candidateOf(placement, views, profile, full)),
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

function candidateOf(
  placement: Placement,
  { raw, tells }: RequestViews,
  link: LinkProfile,
  full: Rejection | undefined,
): Candidate {
  const { kind, place, models, needsLink, discloses, exact } = placement
  const unavailable = placement.unavailable(raw) ?? (place === 'cloud' ? undefined : full)
  return {
    placement: kind,
    place,
    models,
    needsLink,
    // What would leave as plain text tells only what the guard left in it.
    discloses: discloses === 'plain' ? (tells ?? discloses) : discloses,
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

import { EdgewiseError, type ErrorCode } from '../spec/errors.ts'
import type { LinkProfile } from '../spec/link-profile.ts'
import type { Candidate, Place, Plan, RejectedPlacement, Rejection } from '../spec/plan.ts'
import type { InferenceMode } from '../spec/policy.ts'

export interface ChoiceInputs {
  readonly candidates: readonly Candidate[]
  readonly mode: InferenceMode
  /** Id of a model that alone may answer; absent when any may. */
  readonly model?: string
  /** Why nothing of this request may leave; absent when it may. */
  readonly keptBecause?: string
  readonly link: LinkProfile
  /** Time left for the whole answer. */
  readonly deadlineMs?: number
  /** Tokens the answer is expected to have, to hold an estimate against the deadline. */
  readonly expectedTokens: number
}

/** Places in order of preference; what is not named is forbidden. */
const preference: Readonly<Record<InferenceMode, readonly Place[]>> = {
  'only-edge': ['edge'],
  'prefer-edge': ['both', 'edge', 'cloud'],
  'prefer-cloud': ['cloud', 'both', 'edge'],
  'only-cloud': ['cloud'],
}

/**
 * Picks a placement for one request. Pure: same inputs, same plan. Every other candidate is kept with its reason.
 * Throws an EdgewiseError that sums up the reasons when none is left.
 */
export function choose(asked: ChoiceInputs): Plan {
  const inputs = { ...asked, mode: modeWithin(asked) }
  const { candidates, mode } = inputs
  const ranked = [...candidates].sort((a, b) => rank(a, mode) - rank(b, mode))
  const judged = ranked.map((candidate) => ({ candidate, rejection: reject(candidate, inputs) }))
  const chosen = judged.find(({ rejection }) => rejection === undefined)?.candidate
  const rejected = judged
    .filter(({ candidate }) => candidate !== chosen)
    .map(({ candidate, rejection }): RejectedPlacement => {
      return { placement: candidate.placement, ...(rejection ?? lessPreferred(mode)) }
    })
  if (chosen === undefined) throw refusal(inputs, rejected)
  const fallback = fallbackOf(chosen, judged)
  return {
    placement: chosen.placement,
    models: chosen.models,
    reason: reasonFor(chosen, judged, inputs),
    mode: asked.mode,
    discloses: chosen.discloses,
    exact: chosen.exact,
    estimate: chosen.estimate,
    ...(fallback === undefined ? {} : { fallback }),
    rejected,
  }
}

/** What privacy keeps here is answered here, whatever place was wished for: a pin comes before it. */
function modeWithin({ mode, keptBecause }: ChoiceInputs): InferenceMode {
  return mode === 'only-cloud' && keptBecause !== undefined ? 'prefer-cloud' : mode
}

interface Judged {
  readonly candidate: Candidate
  readonly rejection: Rejection | undefined
}

function rank({ place }: Candidate, mode: InferenceMode): number {
  const index = preference[mode].indexOf(place)
  return index === -1 ? preference[mode].length : index
}

/** The first thing that speaks against a candidate: what the user forbids before what the moment forbids. */
function reject(candidate: Candidate, inputs: ChoiceInputs): Rejection | undefined {
  const { mode, model, keptBecause, link, deadlineMs, expectedTokens } = inputs
  const { place, models, estimate, unavailable } = candidate
  if (!preference[mode].includes(place)) return { code: 'mode', because: `mode ${mode} does not allow it` }
  if (model !== undefined && !models.every((id) => id === model)) {
    return { code: 'model', because: `the request asks for model ${model}; here ${models.join(' or ')} would answer` }
  }
  if (candidate.discloses !== 'nothing' && keptBecause !== undefined) return { code: 'privacy', because: keptBecause }
  if (unavailable?.code === 'not-configured') return unavailable
  if (candidate.needsLink && link.state === 'down') {
    return {
      code: 'link-down',
      because: `the hub cannot be reached${link.because === undefined ? '' : `: ${link.because}`}`,
    }
  }
  if (unavailable !== undefined) return unavailable
  const predictedMs = estimate.firstTokenMs + (1000 * expectedTokens) / estimate.tokensPerSecond
  if (candidate.needsLink && deadlineMs !== undefined && predictedMs > deadlineMs) {
    const because = `it would take about ${Math.round(predictedMs)} ms; the deadline is ${Math.round(deadlineMs)} ms`
    return { code: 'deadline', because }
  }
  return undefined
}

function lessPreferred(mode: InferenceMode): Rejection {
  return { code: 'less-preferred', because: `mode ${mode} prefers the one chosen` }
}

/** The mode, when the first wish came true; else what spoke against a wish that ranked higher. */
function reasonFor(chosen: Candidate, judged: readonly Judged[], { mode, model }: ChoiceInputs): Plan['reason'] {
  if (model !== undefined) return 'model'
  const before = judged.slice(
    0,
    judged.findIndex(({ candidate }) => candidate === chosen),
  )
  const forced = before.find(({ rejection }) => rejection !== undefined && rejection.code !== 'not-configured')
  return forced?.rejection?.code ?? mode
}

/** The best candidate that could finish the answer alone, disclosing nothing, if the chosen one fails. */
function fallbackOf(chosen: Candidate, judged: readonly Judged[]) {
  if (!chosen.needsLink) return undefined
  return judged.find(({ candidate, rejection }) => {
    return rejection === undefined && candidate !== chosen && !candidate.needsLink && candidate.discloses === 'nothing'
  })?.candidate.placement
}

/** What is most useful to know when nothing can run: a cause that passes (link, engine) before one that the caller must change. */
const refusals: readonly (readonly [Rejection['code'], ErrorCode])[] = [
  ['overloaded', 'overloaded'],
  ['link-down', 'link-down'],
  ['engine-down', 'engine-unavailable'],
  ['deadline', 'deadline-exceeded'],
  ['capability', 'unsupported-field'],
  ['privacy', 'policy-forbids'],
  ['model', 'model-not-found'],
  ['not-configured', 'policy-forbids'],
  ['mode', 'policy-forbids'],
]

const secondsUntilRetry = 5

function refusal({ mode }: ChoiceInputs, rejected: readonly RejectedPlacement[]): EdgewiseError {
  const [reason, code] = refusals.find(([word]) => rejected.some((entry) => entry.code === word)) ?? [
    'mode',
    'policy-forbids',
  ]
  const told = rejected.map(({ placement, because }) => `${placement}: ${because}`).join('; ')
  const retryable = reason === 'overloaded' || reason === 'link-down' || reason === 'engine-down'
  const { retryAfterSeconds = secondsUntilRetry } = rejected.find((entry) => entry.code === reason) ?? {}
  return new EdgewiseError(code, `No placement can take this request in mode ${mode} (${reason}). ${told}.`, {
    ...(retryable ? { retryAfterSeconds } : {}),
  })
}

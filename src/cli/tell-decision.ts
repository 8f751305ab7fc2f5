import type { Decision, DecisionStep } from '../spec/decision.ts'
import type { Plan } from '../spec/plan.ts'
import type { Disclosure } from '../spec/policy.ts'
import { tellPrivacy } from './tell-privacy.ts'
import { tellReason } from './tell-reason.ts'

/** A decision as a person would tell it: what was asked, what was planned and why, where the answer came from, what left. No content in it. */
export function tellDecision(decision: Decision): string {
  return [
    tellRequest(decision),
    ...tellPrivacy(decision),
    ...(decision.plan === undefined ? ['No placement was found for it.'] : tellPlan(decision.plan)),
    ...decision.steps.slice(1).map(tellStep),
    ...tellConfidence(decision),
    tellOutcome(decision),
    ...tellJoins(decision),
    tellSent(decision),
    ...tellEntries(decision),
  ].join('\n')
}

function tellRequest({ requestId, startedAt, requestedModel, stream }: Decision): string {
  const form = stream ? 'as a stream' : 'in one piece'
  const moment = startedAt.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC')
  return `Request ${requestId} came at ${moment}, asked for model ${requestedModel} and wanted its answer ${form}.`
}

function tellPlan({ placement, models, reason, estimate, fallback, rejected }: Plan): string[] {
  const pace = `first word after about ${milliseconds(estimate.firstTokenMs)}, then ${round(estimate.tokensPerSecond)} tokens a second`
  const spare = fallback === undefined ? '' : ` Should that fail, ${fallback} takes over.`
  return [
    `The plan was ${placement} with ${models.join(' and ')}, because ${tellReason(reason)}; expected: ${pace}.${spare}`,
    ...rejected.map(({ placement: other, code, because }) => {
      return code === 'less-preferred'
        ? `It could have been ${other} too, but ${because}.`
        : `It could not be ${other}, because ${because}.`
    }),
  ]
}

function tellStep({ atMs, placement, model, reason }: DecisionStep): string {
  return `After ${milliseconds(atMs)} the answer came from ${placement} (${model}), because ${tellReason(reason)}.`
}

function tellConfidence({ confidence }: Decision): string[] {
  if (confidence === undefined) return []
  const { value, threshold, calibrated = false } = confidence
  const verdict = value < threshold ? 'too little to keep the draft' : 'enough to keep the draft'
  const judged = calibrated
    ? `By its calibration the draft was as good as the cloud's answer with a probability of ${share(value)}`
    : `The tokens of the draft had a mean probability of ${share(value)}`
  return [`${judged}, where ${share(threshold)} is asked: ${verdict}.`]
}

function tellOutcome({ outcome, errorCode, usage, firstTokenMs, totalMs, finishReason }: Decision): string {
  const time = milliseconds(totalMs)
  if (outcome === 'aborted') return `The client went away after ${time}.`
  if (outcome === 'failed') return `It failed after ${time}, because ${tellReason(errorCode ?? 'internal')}.`
  const words =
    usage === undefined ? '' : ` ${usage.promptTokens} tokens went in and ${usage.completionTokens} came out`
  const first = firstTokenMs === undefined ? '' : `, the first after ${milliseconds(firstTokenMs)}`
  return [`It was answered in ${time}.`, `${words}${words === '' ? '' : `${first}.`}`, tellFinish(finishReason)].join(
    '',
  )
}

function tellFinish(reason: Decision['finishReason']): string {
  if (reason === 'length') return ' The answer was cut off at its length limit.'
  if (reason === 'content-filter') return ' A content filter ended it.'
  return ''
}

function tellJoins({ joins = 0 }: Decision): string[] {
  if (joins === 0) return []
  return [`${joins === 1 ? 'One repeated attempt' : `${joins} repeated attempts`} of the client got this same answer.`]
}

const sentAs: Readonly<Record<Disclosure, string>> = {
  nothing: 'without any content',
  pseudonymised: 'with pseudonyms in the place of personal data',
  activations: 'as activations, which count as plain text',
  plain: 'as plain text',
}

function tellSent({ sent: { bytes, destinations, disclosed }, privacy }: Decision): string {
  if (bytes === 0) return 'Nothing left this machine.'
  const foundNothing = privacy !== undefined && Object.keys(privacy.findings).length === 0
  if (disclosed === 'pseudonymised' && foundNothing)
    return `${bytes} bytes left this machine for ${destinations.join(' and ')}, as they were: there was nothing to replace.`
  return `${bytes} bytes left this machine for ${destinations.join(' and ')}, ${sentAs[disclosed]}.`
}

function tellEntries({ sent: { entries = [] } }: Decision): string[] {
  if (entries.length === 0) return []
  return [`In the ledger: ${entries.length === 1 ? 'entry' : 'entries'} ${entries.join(' and ')}.`]
}

function milliseconds(value: number): string {
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} ms`
}

function round(value: number): number {
  return value < 10 ? Number(value.toFixed(1)) : Math.round(value)
}

function share(value: number): string {
  return `${Math.round(value * 100)} %`
}

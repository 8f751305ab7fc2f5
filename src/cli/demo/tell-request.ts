import type { Decision } from '../../spec/decision.ts'
import { tellReason } from '../tell-reason.ts'
import type { Paint } from './paint.ts'
import { placeWord } from './place-word.ts'
import { writersOf } from './text-by-place.ts'

/** One line of the live feed: when, where it ran and why, tokens, time. Never a word of the request. */
export function tellRequest({ decision, paint }: { decision: Decision; paint: Paint }): string {
  const { steps, startedAt } = decision
  const time = new Date(startedAt).toTimeString().slice(0, 8)
  const last = steps.at(-1)?.placement ?? 'none'
  const where = placesOf(decision).padEnd(13)
  const isWhole = decision.outcome === 'answered'
  const colored = isWhole ? paint.placement(last, where) : paint.fault(where)
  return `${paint.soft(time)}  ${colored} ${whyOf(decision)}  ${paint.soft(numbersOf(decision))}`
}

function placesOf(decision: Decision): string {
  if (decision.outcome === 'failed') return 'failed'
  if (decision.outcome === 'aborted') return 'stopped'
  const writers = writersOf(decision)
  // An answer without a word still came from somewhere.
  const steps = writers.length > 0 ? writers : decision.steps.slice(-1)
  return steps.map(({ placement }) => placeWord(placement)).join(' → ')
}

function whyOf({ outcome, errorCode, steps, confidence }: Decision): string {
  if (outcome === 'failed') return tellReason(errorCode ?? 'internal')
  if (outcome === 'aborted') return 'the client went away'
  const reason = steps.at(-1)?.reason ?? ''
  if (confidence === undefined || (reason !== 'confident' && reason !== 'low-confidence')) return tellReason(reason)
  const share = (value: number) => `${Math.round(value * 100)} %`
  const { value, threshold, calibrated = false } = confidence
  return calibrated
    ? `the edge's draft is ${share(value)} likely to be as good as the cloud's (${share(threshold)} asked)`
    : `the edge model was ${share(value)} sure (${share(threshold)} asked)`
}

function numbersOf({ usage, firstTokenMs, totalMs }: Decision): string {
  return [
    usage === undefined ? undefined : `${usage.promptTokens}+${usage.completionTokens} tokens`,
    firstTokenMs === undefined ? undefined : `first ${milliseconds(firstTokenMs)}`,
    `all ${milliseconds(totalMs)}`,
  ]
    .filter((part) => part !== undefined)
    .join(', ')
}

function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`
}

import type { Decision } from '../../spec/decision.ts'

/** What telemetry tells of one request: closed words and numbers of this program, never what a caller wrote, chose or is called. */
export type DecisionSummary = ReturnType<typeof summariseDecision>

/** Pure. Fields without a value are left out; times are whole milliseconds, the start a whole second since 1970. */
export function summariseDecision(decision: Decision) {
  const { plan, steps, outcome, errorCode, finishReason, usage, firstTokenMs, totalMs, stream, sent } = decision
  const last = steps.at(-1)
  return {
    at: Math.floor(Date.parse(decision.startedAt) / 1000),
    ...(last === undefined ? {} : { placement: last.placement, model: last.model }),
    ...(plan === undefined ? {} : { mode: plan.mode, planned: plan.placement, reason: plan.reason }),
    /** How often the answer went on somewhere else. */
    moves: Math.max(0, steps.length - 1),
    stream,
    outcome,
    ...(errorCode === undefined ? {} : { errorCode }),
    ...(finishReason === undefined ? {} : { finishReason }),
    ...(usage === undefined ? {} : { promptTokens: usage.promptTokens, completionTokens: usage.completionTokens }),
    ...(firstTokenMs === undefined ? {} : { firstTokenMs: Math.round(firstTokenMs) }),
    totalMs: Math.round(totalMs),
    sentBytes: sent.bytes,
  }
}

import type { Confidence } from '../placements/placement.ts'
import type { Decision, DecisionStep } from '../spec/decision.ts'
import type { EdgewiseError } from '../spec/errors.ts'
import type { Plan } from '../spec/plan.ts'
import type { Clock } from '../spec/ports.ts'
import type { PrivacyReport } from '../spec/privacy-report.ts'
import type { StreamPart } from '../spec/stream-part.ts'

/** Collects what happens to one request, without its content, and becomes its decision. */
export interface Trace {
  /** What the guard found, where it looked. */
  guarded(report: PrivacyReport): void
  planned(plan: Plan): void
  judged(confidence: Confidence): void
  /** Another attempt of the same client takes this answer. */
  joined(): void
  /** Sees every part on its way to the client. */
  saw(part: StreamPart): void
  /** The finished record. Without an error the request was answered. */
  conclude(options: { error: EdgewiseError | undefined; sent: Omit<Decision['sent'], 'disclosed'> }): Decision
}

export interface TraceOptions {
  readonly requestId: string
  readonly keyId: string
  readonly conversation: string
  readonly requestedModel: string
  readonly streaming: boolean
  readonly clock: Clock
}

export function createTrace({ requestId, keyId, conversation, requestedModel, streaming, clock }: TraceOptions): Trace {
  const startedAt = new Date(clock.now()).toISOString()
  const start = clock.monotonic()
  const steps: DecisionStep[] = []
  let privacy: PrivacyReport | undefined
  let plan: Plan | undefined
  let confidence: Confidence | undefined
  let firstTokenMs: number | undefined
  let joins = 0
  let finish: Extract<StreamPart, { type: 'finish' }> | undefined

  return {
    guarded(made) {
      privacy = made
    },
    planned(made) {
      plan = made
    },
    judged(made) {
      confidence = made
    },
    joined() {
      joins += 1
    },
    saw(part) {
      if (part.type === 'placement') {
        const { placement, model, reason } = part
        steps.push({ atMs: clock.monotonic() - start, placement, model, reason })
      } else if (part.type === 'finish') finish = part
      else firstTokenMs ??= clock.monotonic() - start
    },
    conclude({ error, sent }) {
      return {
        requestId,
        startedAt,
        keyId,
        conversation,
        requestedModel,
        stream: streaming,
        plan,
        steps,
        outcome: error === undefined ? 'answered' : error.code === 'aborted' ? 'aborted' : 'failed',
        ...(error === undefined ? {} : { errorCode: error.code }),
        ...(finish === undefined ? {} : { finishReason: finish.reason, usage: finish.usage }),
        ...(firstTokenMs === undefined ? {} : { firstTokenMs }),
        totalMs: clock.monotonic() - start,
        ...(joins === 0 ? {} : { joins }),
        ...(confidence === undefined ? {} : { confidence }),
        ...(privacy === undefined ? {} : { privacy }),
        sent: { ...sent, disclosed: sent.bytes === 0 ? 'nothing' : (plan?.discloses ?? 'plain') },
      }
    },
  }
}

import type { Decision } from '../../spec/decision.ts'
import { asEdgewiseError, type EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { Outbox } from '../../store/outbox/outbox.ts'
import { type DecisionSummary, summariseDecision } from './decision-summary.ts'

/** Queues summaries of decisions for the hub, many in one entry. A crash can lose those of the last minute. */
export interface TelemetryPost extends AsyncDisposable {
  observe(decision: Decision): void
}

export interface PostTelemetryOptions {
  readonly outbox: Pick<Outbox, 'enqueue'>
  readonly clock: Clock
  /** Told once when an entry could not be queued; it is dropped. */
  readonly onTrouble: (error: EdgewiseError) => void
}

const everyMs = 60_000
const mostInOne = 100

/** Makes a post that queues what it has every minute, and when a hundred have come together, and when it is disposed of. */
export function postTelemetry({ outbox, clock, onTrouble }: PostTelemetryOptions): TelemetryPost {
  let decisions: DecisionSummary[] = []
  let cancel: (() => void) | undefined
  let writing: Promise<void> = Promise.resolve()
  let isTroubled = false

  async function write(body: unknown): Promise<void> {
    try {
      await outbox.enqueue({ kind: 'telemetry', body })
      isTroubled = false
    } catch (thrown) {
      if (!isTroubled) onTrouble(asEdgewiseError(thrown))
      isTroubled = true
    }
  }

  function post(): void {
    cancel?.()
    cancel = undefined
    if (decisions.length === 0) return
    const body = { decisions }
    decisions = []
    writing = writing.then(() => write(body))
  }

  return {
    observe(decision) {
      decisions.push(summariseDecision(decision))
      if (decisions.length >= mostInOne) post()
      else cancel ??= clock.after(everyMs, post)
    },
    async [Symbol.asyncDispose]() {
      post()
      await writing
    },
  }
}

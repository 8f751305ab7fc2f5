import { EdgewiseError } from '../../src/spec/errors.ts'
import type { Random } from '../../src/spec/ports.ts'
import type { Journal, JournalEvent } from './journal.ts'
import { exponential } from './random-pick.ts'
import type { SimulatedEdge } from './simulated-edge.ts'
import type { SimulatedTime } from './simulated-time.ts'

const lanes = 3
/** After a crash, an application tries again this often; else it gives up, and its event may be there or not. */
const retryRatio = 0.7
const retryAfterMs = 500

export interface WorkloadOptions {
  readonly time: SimulatedTime
  readonly random: Random
  readonly journal: Journal
  readonly edge: SimulatedEdge
  /** Mean time between two events of one lane. */
  readonly meanMs: number
  /** No new events from then on. */
  readonly untilMs: number
}

/** Applications beside one edge: each makes its events one after the other, and goes on when one is acknowledged or given up. */
export function startWorkload(options: WorkloadOptions): void {
  for (let lane = 0; lane < lanes; lane += 1) makeNext(options, `${lane}`, 1)
}

function makeNext(options: WorkloadOptions, lane: string, ordinal: number): void {
  const { time, random, edge, meanMs, untilMs } = options
  time.after(exponential(random, meanMs), () => {
    if (time.nowMs > untilMs) return
    const key = `${edge.name}-${lane}-${ordinal}`
    attempt(options, { edge: edge.name, key, lane, ordinal }, () => makeNext(options, lane, ordinal + 1))
  })
}

function attempt(options: WorkloadOptions, event: JournalEvent, goOn: () => void): void {
  const { time, random, journal, edge } = options
  const again = () => time.after(retryAfterMs, () => attempt(options, event, goOn))
  edge.enqueue(event).then(
    () => {
      journal.acknowledge(event)
      goOn()
    },
    (thrown: unknown) => {
      // Its edge died under it, or is not up again.
      if (!(thrown instanceof EdgewiseError) || thrown.code !== 'aborted') journal.fail(thrown)
      else if (random() < retryRatio) again()
      else goOn()
    },
  )
}

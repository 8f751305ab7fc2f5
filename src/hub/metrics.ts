import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { LedgerStats } from '../privacy/ledger/ledger.ts'
import { addLedgerGauges } from '../privacy/ledger/ledger-gauges.ts'
import { asEdgewiseError } from '../spec/errors.ts'
import type { Clock } from '../spec/ports.ts'
import type { StreamPart } from '../spec/stream-part.ts'
import type { KeptAnswerEvent } from './data-plane/kept-answers.ts'
import type { RejectReason } from './limits/caller-gate.ts'
import type { SpentTokens } from './money/spending.ts'
import type { Pool } from './pool.ts'

export interface HubMetrics {
  /** The same parts; how they went is counted when they end. */
  measured(
    parts: AsyncIterable<StreamPart>,
    about: { readonly model: string; readonly clock: Clock },
  ): AsyncIterable<StreamPart>
  /** An attempt at a member was booked. */
  spent(member: string, spent: SpentTokens): void
  /** A request was refused for a limit of its caller. */
  rejected(reason: RejectReason): void
  /** Something became of a detached request. */
  detached(event: KeptAnswerEvent): void
  /** Prometheus text format. */
  text(): Promise<string>
}

export interface HubMetricsOptions {
  readonly pool: Pool
  readonly connectedEdges: () => number
  /** What was sent to upstreams, where it is recorded. */
  readonly ledger?: () => LedgerStats | undefined
}

const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** Numbers for operators. Labels are words of this program and of its settings, never of a request. */
export function createHubMetrics({ pool, connectedEdges, ledger }: HubMetricsOptions): HubMetrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const { requests, firstToken, tokens } = answerMetrics(registers)
  const { money, rejects } = limitMetrics(registers)
  const detached = detachedMetric(registers)
  poolMetrics(registers, pool)
  if (ledger !== undefined) addLedgerGauges(ledger, registers)
  new Gauge({
    name: 'edgewise_hub_connected_edges',
    help: 'Edges with an open connection',
    registers,
    collect() {
      this.set(connectedEdges())
    },
  })
  const known = new Set(pool.models.map(({ id }) => id))
  return {
    async *measured(parts, { model: asked, clock }) {
      const model = known.has(asked) ? asked : 'unknown'
      const start = clock.monotonic()
      let outcome = 'aborted'
      let hasBegun = false
      try {
        for await (const part of parts) {
          if (!hasBegun) firstToken.observe({ model }, (clock.monotonic() - start) / 1000)
          hasBegun = true
          if (part.type === 'finish') {
            outcome = 'answered'
            tokens.inc({ direction: 'prompt' }, part.usage.promptTokens)
            tokens.inc({ direction: 'completion' }, part.usage.completionTokens)
          }
          yield part
        }
      } catch (thrown) {
        outcome = asEdgewiseError(thrown).code
        throw thrown
      } finally {
        requests.inc({ model, outcome })
      }
    },
    spent: (member, { micros }) => money.inc({ member }, micros / 1_000_000),
    rejected: (reason) => rejects.inc({ reason }),
    detached: (event) => detached.inc({ event }),
    text: () => registry.metrics(),
  }
}

function answerMetrics(registers: Registry[]) {
  return {
    requests: new Counter({
      name: 'edgewise_hub_requests_total',
      help: 'Requests by model and by outcome: answered, aborted, or the code of the error',
      labelNames: ['model', 'outcome'],
      registers,
    }),
    firstToken: new Histogram({
      name: 'edgewise_hub_first_token_seconds',
      help: 'Time from the request to the first part of its answer',
      labelNames: ['model'],
      buckets: secondsBuckets,
      registers,
    }),
    tokens: new Counter({
      name: 'edgewise_hub_tokens_total',
      help: 'Tokens by direction',
      labelNames: ['direction'],
      registers,
    }),
  }
}

function limitMetrics(registers: Registry[]) {
  return {
    money: new Counter({
      name: 'edgewise_hub_spend_total',
      help: 'Money spent on a member of the pool, in hub.currency',
      labelNames: ['member'],
      registers,
    }),
    rejects: new Counter({
      name: 'edgewise_hub_rejects_total',
      help: 'Requests refused for a limit of their caller: concurrency, requests, tokens or money',
      labelNames: ['reason'],
      registers,
    }),
  }
}

function detachedMetric(registers: Registry[]) {
  return new Counter({
    name: 'edgewise_hub_detached_total',
    help: 'Detached requests: joined to a running one, found kept, kept, replaced by another body, or ended early',
    labelNames: ['event'],
    registers,
  })
}

const breakerStates = ['closed', 'open', 'half-open'] as const

function poolMetrics(registers: Registry[], pool: Pool): void {
  new Gauge({
    name: 'edgewise_hub_member_outstanding',
    help: 'Requests that a member of the pool is answering',
    labelNames: ['member'],
    registers,
    collect() {
      for (const { name, outstanding } of pool.members()) this.set({ member: name }, outstanding)
    },
  })
  new Gauge({
    name: 'edgewise_hub_member_available',
    help: '1 when a member of the pool takes requests, else 0',
    labelNames: ['member'],
    registers,
    collect() {
      for (const { name, unavailable } of pool.members()) this.set({ member: name }, unavailable === undefined ? 1 : 0)
    },
  })
  new Gauge({
    name: 'edgewise_hub_member_breaker',
    help: '1 for the state of the breaker of a member of the pool, 0 for the others',
    labelNames: ['member', 'state'],
    registers,
    collect() {
      for (const { name, breaker } of pool.members()) {
        for (const state of breakerStates) this.set({ member: name, state }, breaker === state ? 1 : 0)
      }
    },
  })
  new Gauge({
    name: 'edgewise_hub_member_ejected',
    help: '1 when a member of the pool is out as an outlier, else 0',
    labelNames: ['member'],
    registers,
    collect() {
      for (const { name, ejected } of pool.members()) this.set({ member: name }, ejected === undefined ? 0 : 1)
    },
  })
  countsMetrics(registers, pool)
}

function countsMetrics(registers: Registry[], pool: Pool): void {
  const count = (name: string, help: string, value: () => number) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset()
        this.inc(value())
      },
    })
  count('edgewise_hub_ejections_total', 'Members taken out as outliers', () => pool.counts().ejections)
  count('edgewise_hub_retries_total', 'Requests tried on a further member', () => pool.counts().retries)
  count(
    'edgewise_hub_retries_refused_total',
    'Retries that the budget did not allow',
    () => pool.counts().retriesRefused,
  )
}

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { LedgerStats } from '../privacy/ledger/ledger.ts'
import { addLedgerGauges } from '../privacy/ledger/ledger-gauges.ts'
import type { Decision } from '../spec/decision.ts'
import type { LinkProfile } from '../spec/link-profile.ts'
import { countStore, type StoreStats } from './store-metrics.ts'

export interface EdgeMetrics {
  observe(decision: Decision): void
  /** A repeated request got the answer to an earlier attempt. */
  joined(): void
  /** Prometheus text format. */
  text(): Promise<string>
}

const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export interface EdgeMetricsOptions {
  readonly link: () => LinkProfile
  /** Absent, or undefined, where nothing is recorded. */
  readonly ledger?: () => LedgerStats | undefined
  readonly store?: () => StoreStats
}

/** Numbers for operators. Labels are words of this program, never of a request. */
export function createEdgeMetrics({ link, ledger, store }: EdgeMetricsOptions): EdgeMetrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'edgewise_requests_total',
    help: 'Requests by the place that gave the end of the answer, and outcome',
    labelNames: ['placement', 'outcome'],
    registers,
  })
  const firstToken = new Histogram({
    name: 'edgewise_first_token_seconds',
    help: 'Time from the request to the first token',
    labelNames: ['placement'],
    buckets: secondsBuckets,
    registers,
  })
  const tokens = new Counter({
    name: 'edgewise_tokens_total',
    help: 'Tokens by direction',
    labelNames: ['direction'],
    registers,
  })
  const sent = new Counter({
    name: 'edgewise_sent_bytes_total',
    help: 'Bytes of requests that left this edge',
    registers,
  })
  const joins = new Counter({
    name: 'edgewise_joined_requests_total',
    help: 'Repeated requests that got the answer to an earlier attempt; that answer is counted once',
    registers,
  })
  new Gauge({
    name: 'edgewise_link_up',
    help: '1 when the hub can be reached, else 0',
    registers,
    collect() {
      this.set(link().state === 'down' ? 0 : 1)
    },
  })
  if (ledger !== undefined) addLedgerGauges(ledger, registers)
  if (store !== undefined) countStore(store, registers)
  return {
    observe(decision) {
      const placement = decision.steps.at(-1)?.placement ?? 'none'
      requests.inc({ placement, outcome: decision.outcome })
      if (decision.firstTokenMs !== undefined) firstToken.observe({ placement }, decision.firstTokenMs / 1000)
      tokens.inc({ direction: 'prompt' }, decision.usage?.promptTokens ?? 0)
      tokens.inc({ direction: 'completion' }, decision.usage?.completionTokens ?? 0)
      sent.inc(decision.sent.bytes)
    },
    joined: () => joins.inc(),
    text: () => registry.metrics(),
  }
}

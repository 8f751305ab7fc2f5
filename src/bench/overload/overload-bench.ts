import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '../../testing/tiny-decoder/weight-store.ts'
import type { Bench, BenchContext, Figure } from '../bench.ts'
import { startBuiltEdge } from '../gateway/built-edge.ts'
import type { Target } from '../gateway/load.ts'
import { median, quantile } from '../statistics.ts'
import { poissonArrivals } from './arrivals.ts'
import { type Outcome, openLoop } from './open-loop.ts'
import { sustained } from './sustained.ts'

const rounds = 3
/** Requests keep coming for so long; what ends before the first answers of a full edge are due is not counted. */
const secondsPerRun = 20
const warmUpSeconds = 6
const loads = [1, 3, 10] as const
/** Every answer is as long: the token with which the bundled models end one is ruled out. */
const answerTokens = 32
const endOfText = 5

/** What becomes of accepted and of refused requests when more come than the local model can answer. */
export const overloadBench: Bench = {
  name: 'overload',
  summary: 'goodput, latency and refusals of an edge with a local model at 1, 3 and 10 times its capacity',
  async run(context) {
    const folder = await mkdtemp(join(tmpdir(), 'edgewise-overload-'))
    try {
      return await measure(context, folder)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

type Runs = ReadonlyMap<(typeof loads)[number], readonly Run[]>

interface Run {
  readonly goodput: number
  readonly accepted: readonly Outcome[]
  readonly refused: readonly Outcome[]
  readonly other: number
  /** Of the same round. */
  readonly capacity: number
}

async function measure({ say }: BenchContext, folder: string): Promise<readonly Figure[]> {
  const model = join(import.meta.dirname, '..', '..', '..', 'models', 'edgewise-cloud')
  const settings = { model, threads: 1, policy: { mode: 'only-edge' }, limits: { localWorkMs: 2_000 } }
  const edge = await startBuiltEdge({ settings, folder })
  await using _edge = edge.process
  const target: Target = { name: 'edge', origin: edge.origin, headers: { authorization: `Bearer ${edge.key}` } }
  const runs = new Map(loads.map((load) => [load, [] as Run[]]))
  await sustained({ target, body, seconds: 4 })
  for (let round = 1; round <= rounds; round++) {
    // The machine is not equally fast all the time: each round has its own measure of capacity.
    const capacity = await sustained({ target, body, seconds: 6 })
    for (const load of loads) {
      const random = seededRandom(1000 * round + load)
      const arrivals = poissonArrivals({ perSecond: load * capacity, seconds: secondsPerRun, random })
      const outcomes = await openLoop({ target, body, arrivals })
      const run = judged(outcomes, capacity)
      runs.get(load)?.push(run)
      say(
        `round ${round} of ${rounds}, ${load}x of ${capacity.toFixed(1)} requests/s: ${run.accepted.length} answered, ${run.refused.length} refused`,
      )
    }
  }
  return figuresOf(runs)
}

/** Prompts that differ, so that no answer is joined and no prompt's KV cache is used again. */
function body(index: number): string {
  const content = `${index}: What are the symptoms of a disease of type ${index * 7}, and how is it treated?`
  return JSON.stringify({
    model: 'auto',
    messages: [{ role: 'user', content }],
    max_tokens: answerTokens,
    logit_bias: { [endOfText]: -100 },
  })
}

function judged(outcomes: readonly Outcome[], capacity: number): Run {
  const accepted = outcomes.filter(({ status }) => status === 200)
  const refused = outcomes.filter(({ status }) => status === 429)
  const counted = accepted.filter(({ endedAtMs }) => {
    return endedAtMs > warmUpSeconds * 1000 && endedAtMs <= secondsPerRun * 1000
  })
  return {
    goodput: counted.length / (secondsPerRun - warmUpSeconds),
    accepted,
    refused,
    other: outcomes.length - accepted.length - refused.length,
    capacity,
  }
}

function figuresOf(runs: Runs): readonly Figure[] {
  const over = (load: (typeof loads)[number], value: (run: Run) => number) => median((runs.get(load) ?? []).map(value))
  const latency = (outcomes: readonly Outcome[], q: number) =>
    quantile(
      outcomes.map(({ latencyMs }) => latencyMs),
      q,
    )
  const capacities = (runs.get(1) ?? []).map(({ capacity }) => capacity)
  const spread = (Math.max(...capacities) - Math.min(...capacities)) / median(capacities)
  return [
    { name: 'capacity: requests/s of 4 callers that never pause', value: median(capacities), unit: '1/s' },
    { name: 'spread of the capacity', value: spread, unit: 'of median' },
    ...loads.flatMap((load): readonly Figure[] => [
      {
        name: `goodput at ${load}x, share of capacity`,
        value: over(load, ({ goodput, capacity }) => goodput / capacity),
        unit: 'ratio',
        ...(load === 10 && { goal: '>= 0.9' as const }),
      },
      {
        name: `p50 of answered requests at ${load}x`,
        value: over(load, (run) => latency(run.accepted, 0.5)),
        unit: 'ms',
      },
      {
        name: `p99 of answered requests at ${load}x`,
        value: over(load, (run) => latency(run.accepted, 0.99)),
        unit: 'ms',
      },
      {
        name: `refused with 429 at ${load}x`,
        value: over(load, ({ refused, accepted }) => refused.length / (refused.length + accepted.length)),
        unit: 'of requests',
      },
      ...(load === 1
        ? []
        : [
            {
              name: `p99 of refusals at ${load}x`,
              value: over(load, (run) => latency(run.refused, 0.99)),
              unit: 'ms',
              ...(load === 10 && { goal: '<= 20' as const }),
            },
          ]),
      { name: `neither answered nor 429 at ${load}x`, value: over(load, ({ other }) => other), unit: 'requests' },
    ]),
  ]
}

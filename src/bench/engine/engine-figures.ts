import type { Figure } from '../bench.ts'
import { median } from '../statistics.ts'
import { type RunnerName, runnerNames, type ScenarioRuns } from './measure-model.ts'

const mostOverhead = '<= 0.05'

/** Rows on decoding after one prompt: each runner's pace and spread, and what Edgewise takes on top of each bare loop. */
export function decodeFigures(
  runs: ScenarioRuns,
  { label, isGoal }: { label: string; isGoal: boolean },
): readonly Figure[] {
  const goal = isGoal ? ({ goal: mostOverhead } as const) : {}
  const paces = (name: RunnerName) => runs.answers[name].map(({ decodeMs }) => (1000 * (runs.tokens - 1)) / decodeMs)
  const overheadOver = (name: RunnerName) => median(paces(name)) / median(paces('edgewise')) - 1
  return [
    ...runnerNames.map((name) => ({
      name: `decode ${name}, ${label}`,
      value: median(paces(name)),
      unit: 'tokens/s',
    })),
    ...runnerNames.map((name) => ({
      name: `spread of decode ${name}, ${label}`,
      value: spread(paces(name)),
      unit: 'of median',
    })),
    { name: `overhead, ${label}`, value: overheadOver('bare'), unit: 'of bare', ...goal },
    { name: `overhead on our graph, ${label}`, value: overheadOver('bare on our graph'), unit: 'of bare', ...goal },
  ]
}

/** Rows on reading one prompt, up to the first token. */
export function prefillFigures({ prompt, answers }: ScenarioRuns): readonly Figure[] {
  const tokens = prompt.ids.length
  const firstMs = (name: RunnerName) => answers[name].map(({ firstTokenMs }) => firstTokenMs)
  return [
    ...runnerNames.map((name) => ({
      name: `prefill ${name}, ${tokens} tokens`,
      value: (1000 * tokens) / median(firstMs(name)),
      unit: 'tokens/s',
    })),
    ...runnerNames.map((name) => ({
      name: `first token ${name}, ${tokens} tokens`,
      value: median(firstMs(name)),
      unit: 'ms',
    })),
    { name: `spread of first token edgewise, ${tokens} tokens`, value: spread(firstMs('edgewise')), unit: 'of median' },
  ]
}

/** Rows that hold decoding against the memory: a step cannot be faster than its weights are read. */
export function bandwidthFigures({
  bytesPerSecond,
  weightBytes,
  runs,
}: {
  /** One measurement a round. */
  readonly bytesPerSecond: readonly number[]
  readonly weightBytes: number
  readonly runs: ScenarioRuns
}): readonly Figure[] {
  const best = Math.max(...bytesPerSecond)
  const limit = best / weightBytes
  const decodeMs = median(runs.answers.edgewise.map((answer) => answer.decodeMs))
  return [
    { name: 'memory read, best', value: best / 1e9, unit: 'GB/s' },
    { name: 'spread of memory read', value: spread(bytesPerSecond), unit: 'of median' },
    { name: 'weights read per token', value: weightBytes / 1e6, unit: 'MB' },
    { name: 'decode limit by memory', value: limit, unit: 'tokens/s' },
    { name: 'decode edgewise / limit', value: (1000 * (runs.tokens - 1)) / decodeMs / limit, unit: 'ratio' },
  ]
}

function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values)
}

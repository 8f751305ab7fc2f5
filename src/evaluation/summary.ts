import { wilsonInterval } from '../routers/intervals.ts'
import type { EvaluationRow } from '../spec/evaluation.ts'
import { type Answer, everyTask } from './answer.ts'

/** US dollars for a million tokens read, and for a million written. */
export interface TokenPrice {
  readonly promptUsd: number
  readonly completionUsd: number
}

/** One row for each kind of task, and one for all when there are several kinds; tasks without a kind are then `unnamed`. */
export function summarise(answers: readonly Answer[], price?: TokenPrice): readonly EvaluationRow[] {
  const kinds = [...Map.groupBy(answers, ({ task }) => task)]
  if (kinds.length < 2) return kinds.map(([task, own]) => row(task, own, price))
  return [
    ...kinds.map(([task, own]) => row(task === everyTask ? 'unnamed' : task, own, price)),
    row(everyTask, answers, price),
  ]
}

function row(task: string, answers: readonly Answer[], price: TokenPrice | undefined): EvaluationRow {
  const total = answers.reduce((sum, { score = 0 }) => sum + score, 0)
  const firstTokenMs = median(answers.map((answer) => answer.firstTokenMs))
  const tokensPerSecond = median(answers.map((answer) => answer.tokensPerSecond))
  const written = known(answers.map(({ completionTokens }) => completionTokens))
  const usd = price === undefined ? undefined : costOf(answers, price)
  return {
    task,
    rows: answers.length,
    quality: total / answers.length,
    qualityInterval: wilsonInterval(total, answers.length),
    errors: answers.filter(({ error }) => error !== undefined).length,
    ...(firstTokenMs === undefined ? {} : { firstTokenMs }),
    ...(tokensPerSecond === undefined ? {} : { tokensPerSecond }),
    ...(written.length === 0 ? {} : { meanCompletionTokens: written.reduce((sum, n) => sum + n, 0) / written.length }),
    ...(usd === undefined ? {} : { usdPerThousand: (1000 * usd) / answers.length }),
  }
}

function costOf(answers: readonly Answer[], { promptUsd, completionUsd }: TokenPrice): number {
  return answers.reduce((sum, { promptTokens = 0, completionTokens = 0 }) => {
    return sum + (promptTokens * promptUsd + completionTokens * completionUsd) / 1e6
  }, 0)
}

function median(values: readonly (number | undefined)[]): number | undefined {
  const sorted = known(values).toSorted((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)]
}

function known(values: readonly (number | undefined)[]): readonly number[] {
  return values.filter((value) => value !== undefined)
}

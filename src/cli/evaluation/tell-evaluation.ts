import type { ModelEvaluation } from '../../spec/evaluation.ts'
import { tellTable } from './tell-table.ts'

const names = ['model', 'task', 'rows', 'quality %', '95 %', 'first token ms', 'tokens/s', 'USD/1000', 'errors']

/** A line for each model and kind of task; what was not measured is a dash. */
export function tellEvaluations(evaluations: readonly ModelEvaluation[]): string {
  const lines = evaluations.flatMap(({ model, variant, rows }) =>
    rows.map((row) => [
      variant === undefined || variant === '' ? model : `${model} ${variant}`,
      row.task,
      String(row.rows),
      percent(row.quality),
      `${percent(row.qualityInterval.low)}–${percent(row.qualityInterval.high)}`,
      shown(row.firstTokenMs, 0),
      shown(row.tokensPerSecond, 1),
      shown(row.usdPerThousand, 4),
      row.errors === 0 ? '' : String(row.errors),
    ]),
  )
  return tellTable(names, lines)
}

function percent(share: number): string {
  return (100 * share).toFixed(1)
}

function shown(value: number | undefined, digits: number): string {
  return value === undefined ? '–' : value.toFixed(digits)
}

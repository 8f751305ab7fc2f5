import { minimise } from './lbfgs.ts'
import { dot, type SparseRow } from './sparse-row.ts'

export interface LogisticModel {
  readonly bias: number
  readonly weights: ArrayLike<number>
}

export interface FitLogisticOptions {
  readonly rows: readonly SparseRow[]
  /** What is to be predicted for each row, 0..1; a share such as 0.4 counts as that much of a yes. */
  readonly labels: readonly number[]
  /** Number of columns. */
  readonly width: number
  /** Strength of the L2 penalty per row; the bias is not penalised. */
  readonly penalty: number
}

/** Maximum likelihood with an L2 penalty. Labels that are all equal give a bias and no weights. */
export function fitLogistic({ rows, labels, width, penalty }: FitLogisticOptions): LogisticModel {
  const mean = labels.reduce((sum, label) => sum + label, 0) / Math.max(1, labels.length)
  // Half a row of doubt each way, so that one class alone is no certainty.
  const bias = logit((mean * labels.length + 0.5) / (labels.length + 1))
  if (labels.every((label) => label === labels[0])) return { bias, weights: new Float64Array(width) }
  const start = new Float64Array(width + 1)
  start[width] = bias
  const found = minimise({ start, objective: lossOf({ rows, labels, width, penalty }), tolerance: 1e-4 })
  return { bias: found[width] ?? 0, weights: found.subarray(0, width) }
}

/** Log-odds of a yes. */
export function logOdds({ bias, weights }: LogisticModel, row: SparseRow): number {
  return bias + dot(row, weights)
}

/** Probability of log-odds, without overflow. */
export function sigmoid(odds: number): number {
  return odds >= 0 ? 1 / (1 + Math.exp(-odds)) : Math.exp(odds) / (1 + Math.exp(odds))
}

function logit(probability: number): number {
  return Math.log(probability / (1 - probability))
}

/** Mean negative log-likelihood plus the penalty; the bias is the last component. */
function lossOf({ rows, labels, width, penalty }: FitLogisticOptions) {
  return (at: Float64Array, gradient: Float64Array): number => {
    const bias = at[width] ?? 0
    let loss = 0
    gradient.fill(0)
    for (const [index, row] of rows.entries()) {
      const label = labels[index] ?? 0
      const odds = bias + dot(row, at)
      loss += (softplus(odds) - label * odds) / rows.length
      const error = (sigmoid(odds) - label) / rows.length
      for (let cell = 0; cell < row.columns.length; cell++) {
        const column = row.columns[cell] ?? 0
        gradient[column] = (gradient[column] ?? 0) + error * (row.values[cell] ?? 0)
      }
      gradient[width] = (gradient[width] ?? 0) + error
    }
    for (let column = 0; column < width; column++) {
      const weight = at[column] ?? 0
      if (weight === 0) continue
      loss += (penalty / 2) * weight * weight
      gradient[column] = (gradient[column] ?? 0) + penalty * weight
    }
    return loss
  }
}

/** log(1 + e^x), without overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
}

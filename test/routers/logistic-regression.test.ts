import { describe, expect, it } from 'vitest'
import { fitLogistic, logOdds, sigmoid } from '../../src/routers/logistic-regression.ts'
import type { SparseRow } from '../../src/routers/sparse-row.ts'

function row(...values: number[]): SparseRow {
  return { columns: Int32Array.from(values.keys()), values: Float64Array.from(values) }
}

describe('fitLogistic', () => {
  it('gives the log-odds of each group where groups can be told apart and nothing is penalised', () => {
    // 3 of 4 right without the feature, 1 of 4 with it: bias ln 3, weight -2 ln 3.
    const rows = [0, 0, 0, 0, 1, 1, 1, 1].map((value) => row(value))
    const labels = [1, 1, 1, 0, 1, 0, 0, 0]
    const model = fitLogistic({ rows, labels, width: 1, penalty: 0 })
    expect(model.bias).toBeCloseTo(Math.log(3), 2)
    expect(model.weights[0]).toBeCloseTo(-2 * Math.log(3), 2)
  })

  it('is at the point where its own equations hold when it is penalised', () => {
    const rows = [row(1, 0.2), row(-0.4, 1), row(0.3, -1), row(2, 0.1), row(-1, -0.7)]
    const labels = [1, 0, 1, 1, 0]
    const penalty = 0.05
    const model = fitLogistic({ rows, labels, width: 2, penalty })
    const errors = rows.map((one, index) => sigmoid(logOdds(model, one)) - (labels[index] ?? 0))
    expect(errors.reduce((sum, error) => sum + error, 0) / 5).toBeCloseTo(0, 3)
    for (const column of [0, 1]) {
      const pull = errors.reduce((sum, error, index) => sum + error * (rows[index]?.values[column] ?? 0), 0) / 5
      expect(pull + penalty * (model.weights[column] ?? 0)).toBeCloseTo(0, 3)
    }
  })

  it('is no certainty when all labels are equal', () => {
    const model = fitLogistic({ rows: [row(1), row(2)], labels: [1, 1], width: 1, penalty: 0.1 })
    expect(sigmoid(logOdds(model, row(5)))).toBeCloseTo(2.5 / 3, 9)
  })

  it('takes shares for labels', () => {
    const rows = Array.from({ length: 10 }, () => row(0))
    const model = fitLogistic({
      rows,
      labels: rows.map((_, index) => (index % 2 === 0 ? 0.2 : 0.4)),
      width: 1,
      penalty: 0.1,
    })
    expect(sigmoid(model.bias)).toBeCloseTo(0.3, 2)
  })
})

describe('sigmoid', () => {
  it.each([
    [0, 0.5],
    [1000, 1],
    [-1000, 0],
  ])('of %d is %d', (odds, probability) => {
    expect(sigmoid(odds)).toBe(probability)
  })
})

/** One example as a linear model sees it: the columns that are not zero, in any order, with their values. */
export interface SparseRow {
  readonly columns: Int32Array
  readonly values: Float64Array
}

/** Inner product with dense weights; columns beyond them count as zero. */
export function dot(row: SparseRow, weights: ArrayLike<number>): number {
  let sum = 0
  for (let at = 0; at < row.columns.length; at++) {
    sum += (row.values[at] ?? 0) * (weights[row.columns[at] ?? -1] ?? 0)
  }
  return sum
}

import { describe, expect, it } from 'vitest'
import { candidateRow } from '../../../src/engines/llama-cpp/candidate-row.ts'

describe('a row of candidates', () => {
  it('holds their log-probabilities, and far under them all others alike', () => {
    const row = new Float32Array(5).fill(9)
    candidateRow(
      new Map([
        [3, 0.75],
        [1, 0.25],
      ]),
      row,
    )
    expect(row[3]).toBeCloseTo(Math.log(0.75))
    expect(row[1]).toBeCloseTo(Math.log(0.25))
    expect([row[0], row[2], row[4]]).toEqual(Array(3).fill(Math.fround(Math.log(0.25) - 60)))
  })

  it('takes a probability that underflowed for one of the others', () => {
    const row = new Float32Array(3)
    candidateRow(
      new Map([
        [0, 1],
        [2, 0],
      ]),
      row,
    )
    expect([...row]).toEqual([0, -60, -60])
  })
})

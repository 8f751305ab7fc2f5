import type { Session, SessionModel } from '../engine.ts'

/**
 * How equal two models are, the first that holds: the same bits; the same greedy token everywhere; every logit within 0.001 and a thousandth of
 * itself; none of it.
 */
export type EqualityRung = 'bit-exact' | 'same-tokens' | 'close' | 'different'

export interface ModelComparison {
  readonly rung: EqualityRung
  /** Rows of logits that were compared. */
  readonly rows: number
  readonly maxAbsDifference: number
  /** Share of rows with the same most probable token, 0..1. */
  readonly greedyAgreement: number
  /** Mean of KL(whole || parts) over all rows, in nats. */
  readonly meanKl: number
}

const toleranceAbsolute = 1e-3
const toleranceRelative = 1e-3

/**
 * Steps two models with one vocabulary through the same tokens: a prompt, drafts of several tokens, a rewind, single steps, then greedy steps.
 * Steps of the same size on both sides, so that parts on the same machine give the same bits. Throws the signal's reason when it aborts.
 */
export async function compareModels({
  whole,
  parts,
  signal,
}: {
  readonly whole: SessionModel
  readonly parts: SessionModel
  readonly signal: AbortSignal
}): Promise<ModelComparison> {
  await using reference = whole.openSession()
  await using compared = parts.openSession()
  const context = Math.min(whole.contextTokens, parts.contextTokens)
  const prompt = Math.max(1, Math.min(48, Math.floor(context / 3)))
  const tally = new Tally(whole.rowSize)
  const step = async (ids: readonly number[], rows: 'all' | 'last'): Promise<number> => {
    signal.throwIfAborted()
    const expected = await logitsOf(reference, ids, rows)
    // The last row may be overwritten by the next step of its own session only.
    return tally.add(expected, await logitsOf(compared, ids, rows))
  }
  const ids = (count: number, seed: number) => someTokens(whole.rowSize, count, seed)
  await step(ids(prompt, 1), 'all')
  await step(ids(5, 2), 'all')
  for (const session of [reference, compared]) session.rewind(prompt + 1)
  await step(ids(3, 3), 'all')
  let next = await step(ids(1, 4), 'last')
  const greedy = Math.max(0, Math.min(24, context - reference.position))
  for (let count = 0; count < greedy; count++) next = await step([next], 'last')
  return tally.result()
}

async function logitsOf(session: Session, ids: readonly number[], rows: 'all' | 'last'): Promise<Float32Array> {
  const output = await session.step({ kind: 'tokens', ids }, rows)
  if (output.kind !== 'logits') throw new TypeError('a whole model gives logits')
  return output.data
}

/** Tokens spread over the vocabulary, the same for the same seed. */
function someTokens(vocabulary: number, count: number, seed: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => ((seed * 104_729 + index) * 7919 + 13) % vocabulary)
}

/** Adds up differences row by row. */
class Tally {
  readonly #vocabulary: number
  #rows = 0
  #same = 0
  #max = 0
  #kl = 0
  #isExact = true
  #isClose = true

  constructor(vocabulary: number) {
    this.#vocabulary = vocabulary
  }

  /** Compares rows of logits; gives the reference's most probable token of the last. */
  add(expected: Float32Array, actual: Float32Array): number {
    if (expected.length !== actual.length) throw new RangeError(`${actual.length} logits beside ${expected.length}`)
    let best = 0
    for (let start = 0; start < expected.length; start += this.#vocabulary) {
      const [first, second] = [expected, actual].map((all) => all.subarray(start, start + this.#vocabulary))
      if (first !== undefined && second !== undefined) best = this.#addRow(first, second)
    }
    return best
  }

  result(): ModelComparison {
    const greedyAgreement = this.#rows === 0 ? 1 : this.#same / this.#rows
    const rung = this.#isExact
      ? 'bit-exact'
      : greedyAgreement === 1
        ? 'same-tokens'
        : this.#isClose
          ? 'close'
          : 'different'
    const meanKl = this.#rows === 0 ? 0 : this.#kl / this.#rows
    return { rung, rows: this.#rows, maxAbsDifference: this.#max, greedyAgreement, meanKl }
  }

  #addRow(expected: Float32Array, actual: Float32Array): number {
    for (const [index, value] of expected.entries()) {
      const other = actual[index] ?? Number.NaN
      const gap = Math.abs(value - other)
      if (!Object.is(value, other)) this.#isExact = false
      if (!(gap <= toleranceAbsolute + toleranceRelative * Math.abs(value))) this.#isClose = false
      // What is no number is no small difference.
      this.#max = Math.max(this.#max, Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap)
    }
    const best = mostProbable(expected)
    this.#rows++
    if (mostProbable(actual) === best) this.#same++
    this.#kl += divergence(expected, actual)
    return best
  }
}

function mostProbable(row: Float32Array): number {
  return row.reduce((best, value, index) => (value > (row[best] ?? Number.NEGATIVE_INFINITY) ? index : best), 0)
}

function divergence(expected: Float32Array, actual: Float32Array): number {
  const [first, second] = [normaliser(expected), normaliser(actual)]
  return expected.reduce((sum, value, index) => {
    const logp = value - first
    return sum + Math.exp(logp) * (logp - ((actual[index] ?? 0) - second))
  }, 0)
}

/** Logarithm of the sum of the exponentials. */
function normaliser(row: Float32Array): number {
  const top = row.reduce((largest, value) => Math.max(largest, value), Number.NEGATIVE_INFINITY)
  return top + Math.log(row.reduce((sum, value) => sum + Math.exp(value - top), 0))
}

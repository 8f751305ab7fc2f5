import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLogitAdjustments, requireKnownTokens } from '../../../src/engines/generation/logit-adjustments.ts'
import type { Sampling } from '../../../src/spec/request.ts'

const greedy: Sampling = { temperature: 0, topK: 0, topP: 1 }
const vocabulary = 12
const ids = fc.array(fc.nat(vocabulary - 1), { maxLength: 20 })
const penalty = fc.double({ min: -2, max: 2, noNaN: true })

function adjustmentsOf(sampling: Partial<Sampling>, prompt: readonly number[] = [], soFar: readonly number[] = []) {
  return createLogitAdjustments({ sampling: { ...greedy, ...sampling }, prompt, answerSoFar: () => soFar })
}

describe('logit adjustments', () => {
  it('are those of the published formulas, in their order', () => {
    const changes = fc.record({
      presencePenalty: penalty,
      frequencyPenalty: penalty,
      repetitionPenalty: fc.double({ min: 0.5, max: 2, noNaN: true }),
      logitBias: fc.dictionary(fc.nat(vocabulary - 1).map(String), fc.double({ min: -100, max: 100, noNaN: true }), {
        maxKeys: 4,
      }),
    })
    const rows = fc.array(fc.float({ min: -20, max: 20, noNaN: true }), {
      minLength: vocabulary,
      maxLength: vocabulary,
    })
    fc.assert(
      fc.property(rows, changes, ids, ids, ids, (row, sampling, prompt, soFar, answer) => {
        const adjustments = adjustmentsOf(sampling, [...prompt, ...soFar], soFar)
        for (const id of answer) adjustments?.take(id)
        const given = adjustments?.adjust(Float32Array.from(row)) ?? row
        const written = [...soFar, ...answer]
        for (const [id, logit] of row.entries()) {
          const biased = logit + (sampling.logitBias[id] ?? 0)
          const { repetitionPenalty: p } = sampling
          const repeated = [...prompt, ...written].includes(id) ? (biased > 0 ? biased / p : biased * p) : biased
          const count = written.filter((other) => other === id).length
          const wanted = repeated - count * sampling.frequencyPenalty - (count > 0 ? sampling.presencePenalty : 0)
          expect(given[id]).toBeCloseTo(wanted, 3)
        }
      }),
    )
  })

  it('are none, and cost nothing, when nothing is asked for', () => {
    const nothing = { presencePenalty: 0, frequencyPenalty: 0, repetitionPenalty: 1, logitBias: {} }
    expect(adjustmentsOf({}, [1, 2])).toBe(undefined)
    expect(adjustmentsOf(nothing, [1, 2])).toBe(undefined)
  })

  it('leave the row of the model as it is', () => {
    const row = Float32Array.of(1, 2, 3)
    const adjusted = adjustmentsOf({ logitBias: { 1: 50 } })?.adjust(row)
    expect([...(adjusted ?? [])]).toEqual([1, 52, 3])
    expect([...row]).toEqual([1, 2, 3])
  })

  it('count the prompt for the repetition penalty only', () => {
    const row = Float32Array.of(4, 4)
    expect([...(adjustmentsOf({ presencePenalty: 1 }, [0])?.adjust(row) ?? [])]).toEqual([4, 4])
    expect([...(adjustmentsOf({ repetitionPenalty: 2 }, [0])?.adjust(row) ?? [])]).toEqual([2, 4])
  })
})

describe('a bias for a token that the model does not have', () => {
  it('is refused with its id', () => {
    const check = (id: number) => requireKnownTokens({ ...greedy, logitBias: { 3: 1, [id]: 1 } }, vocabulary, 'tiny')
    expect(() => check(11)).not.toThrow()
    expect(() => check(12)).toThrow(/names token 12, but the tokens of tiny are 0 to 11/)
    expect(() => check(999_999_999)).toThrow(expect.objectContaining({ code: 'invalid-request', param: 'logit_bias' }))
  })
})

import { describe, expect, it } from 'vitest'
import { planSequences } from '../../../src/engines/llama-cpp/sequence-plan.ts'

const plan = (trainedTokens: number, budgetTokens: number) =>
  planSequences({ trainedTokens, kvBytesPerToken: 100, kvBudgetBytes: 100 * budgetTokens })

describe('the plan of sequences', () => {
  it('gives a model of short context as many sequences as the memory holds, 16 at most', () => {
    expect(plan(1024, 4100)).toEqual({ sequences: 4, contextTokens: 1024 })
    expect(plan(1024, 1_000_000)).toEqual({ sequences: 16, contextTokens: 1024 })
  })

  it('shares the memory among four where the context is longer than it', () => {
    expect(plan(131_072, 40_000)).toEqual({ sequences: 4, contextTokens: 10_000 })
  })

  it('rather has fewer sequences than very short ones', () => {
    expect(plan(32_768, 5000)).toEqual({ sequences: 2, contextTokens: 2048 })
    expect(plan(32_768, 900)).toEqual({ sequences: 1, contextTokens: 900 })
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { measureLlama } from '../../../src/bench/engine/llama-beside-bare.ts'
import { llamaFigures } from '../../../src/bench/engine/llama-figures.ts'
import { library } from '../../engines/llama-cpp/installed-llama.ts'

const prompt = { content: '', ids: Array.from({ length: 100 }, () => 1) }

describe('the figures of the llama.cpp engine', () => {
  it('are paces and their ratio, with the goal', () => {
    const edgewise = [{ firstTokenMs: 100, decodeMs: 1000 }]
    const bare = [{ firstTokenMs: 80, decodeMs: 500 }]
    const figures = llamaFigures({ prompt, tokens: 11, edgewise, bare }, 'small')
    expect(figures).toContainEqual({
      name: 'decode edgewise, small GGUF after 100 tokens',
      value: 10,
      unit: 'tokens/s',
    })
    expect(figures.filter(({ unit }) => unit === 'ratio')).toMatchObject([
      { name: 'decode edgewise / bare, small GGUF after 100 tokens', value: 0.5, goal: '>= 0.95' },
      { name: 'prefill edgewise / bare, small GGUF after 100 tokens', value: 0.8, goal: '>= 0.95' },
    ])
  })

  it.skipIf(library === undefined)('come from both on one model', async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'edgewise-llama-bench-'))
    try {
      const shape = {
        layers: 1,
        hiddenSize: 64,
        intermediateSize: 64,
        heads: 4,
        kvHeads: 2,
        vocabulary: 3000,
        contextTokens: 128,
        type: 'q8_0',
      } as const
      const options = { say: () => undefined, rounds: 1, threads: 1, scratch, shape, size: 'tiny' }
      const figures = await measureLlama({ ...options, promptLengths: [32], tokens: 4 })
      expect(figures).toHaveLength(10)
      for (const { value } of figures.filter(({ unit }) => unit !== 'of median')) expect(value).toBeGreaterThan(0)
    } finally {
      await rm(scratch, { recursive: true })
    }
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { measureRandomDecoder } from '../../../src/bench/engine/random-decoder.ts'

const shape = {
  layers: 2,
  hiddenSize: 64,
  intermediateSize: 128,
  heads: 4,
  kvHeads: 2,
  vocabulary: 2000,
  contextTokens: 128,
  quantisation: 'q4',
  accuracyLevel: 4,
} as const

it('measures a decoder from its files to its figures, each once and finite', async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'edgewise-bench-test-'))
  const said: string[] = []
  try {
    const figures = await measureRandomDecoder({
      say: (line) => said.push(line),
      rounds: 2,
      threads: 1,
      scratch,
      size: 'tiny',
      shape,
      promptLengths: [16, 80],
      tokens: 8,
    })
    const names = figures.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toEqual(expect.arrayContaining(['overhead, tiny after 16 tokens', 'prefill bare, 80 tokens']))
    expect(figures.filter(({ value }) => !Number.isFinite(value))).toEqual([])
    expect(said.at(-1)).toBe('tiny, round 2 of 2')
  } finally {
    await rm(scratch, { recursive: true })
  }
})

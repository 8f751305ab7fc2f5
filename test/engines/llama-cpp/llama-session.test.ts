import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tools from 'vitest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadLlamaModel } from '../../../src/engines/llama-cpp/load-llama-model.ts'
import { conformSession } from '../../../src/testing/conformance/session.ts'
import { writeTinyGguf } from '../../../src/testing/tiny-gguf/write-tiny-gguf.ts'
import { library } from './installed-llama.ts'

let folder: string
let path: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgewise-llama-'))
  path = join(folder, 'tiny.gguf')
  await writeTinyGguf({ path, seed: 2, vocabulary: 400 })
})

afterAll(() => rm(folder, { recursive: true }))

async function load(candidates?: number, kvBudgetBytes = 1 << 20) {
  return loadLlamaModel({
    path,
    model: 'tiny',
    library: library ?? '',
    threads: 1,
    kvBudgetBytes,
    ...(candidates === undefined ? {} : { candidates }),
  })
}

describe.skipIf(library === undefined)('sessions of llama.cpp', () => {
  conformSession({
    tools,
    name: 'a GGUF model',
    // All tokens are candidates: which ones are is decided by the last digits of their logits.
    load: async () => (await load(400)).sessions,
    tolerance: 1e-2,
  })

  it('give the most probable tokens as log-probabilities, and all others as next to impossible', async () => {
    await using whole = (await load(400)).sessions
    await using cut = (await load(128)).sessions
    const rows = await Promise.all(
      [whole, cut].map(async (model) => {
        await using session = model.openSession()
        return (await session.step({ kind: 'tokens', ids: [1, 7, 300] }, 'last')) as { data: Float32Array }
      }),
    )
    const [all, kept] = rows.map(({ data }) => [...data].toSorted((a, b) => b - a))
    expect(kept?.filter((value) => value > (kept?.at(-1) ?? 0))).toHaveLength(128)
    expect((kept?.[127] ?? 0) - (kept?.[128] ?? 0)).toBeCloseTo(60, 3)
    const mass = (values: readonly number[] = []) => values.reduce((sum, value) => sum + Math.exp(value), 0)
    expect(mass(all)).toBeCloseTo(1, 4)
    expect(mass(kept)).toBeCloseTo(1, 4)
    // The same but for the mass of what was left out.
    const rest = Math.log(mass(all?.slice(0, 128)))
    for (const place of [0, 1, 60, 127]) expect(kept?.[place]).toBeCloseTo((all?.[place] ?? 0) - rest, 3)
  })
})

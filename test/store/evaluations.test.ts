import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { ModelEvaluation } from '../../src/spec/evaluation.ts'
import { openStore } from '../../src/store/open-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'edgewise-evaluations-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const row = { task: 'a', rows: 2, quality: 0.5, qualityInterval: { low: 0.1, high: 0.9 }, errors: 0 }
const small: ModelEvaluation = { evaluatedAt: 1, model: 'small', variant: 'q4', data: 'd', rows: [row] }

describe('the evaluations of a store', () => {
  it('are kept across a restart, newest first, one for each model, quantisation and file', async () => {
    const path = join(folder, 'edge.db')
    const again = { ...small, evaluatedAt: 4 }
    const other = { ...small, evaluatedAt: 2, variant: 'q8' }
    const elsewhere: ModelEvaluation = { evaluatedAt: 3, model: 'large', data: 'd', rows: [row] }
    {
      await using store = await openStore({ path })
      for (const evaluation of [small, other, elsewhere, again]) await store.evaluations.save(evaluation)
    }
    await using store = await openStore({ path })
    expect(await store.evaluations.list()).toEqual([again, elsewhere, other])
  })
})

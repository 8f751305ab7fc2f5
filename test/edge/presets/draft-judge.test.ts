import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { edgeConfigSchema } from '../../../src/edge/config.ts'
import { loadDraftJudge } from '../../../src/edge/presets/draft-judge.ts'
import { bundledEdgeModel } from '../../../src/edge/presets/local-model.ts'
import { calibratedModel } from '../../../src/edge/presets/model-digest.ts'
import { createSeededRandom } from '../../../src/engines/generation/seeded-random.ts'
import { readModelFolder } from '../../../src/model-store/folder.ts'
import { calibrateCascade } from '../../../src/routers/calibrate.ts'
import { madeUpExamples } from '../../routers/examples.ts'

const folder = mkdtempSync(join(tmpdir(), 'edgewise-judge-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const { router, effect } = calibrateCascade({
  examples: madeUpExamples(60),
  decideAfterTokens: 24,
  wish: { localShare: 0.5 },
  random: createSeededRandom(1),
})

function write(name: string, model: unknown): string {
  const path = join(folder, name)
  const calibration = {
    format: 'edgewise-calibration',
    version: 1,
    madeAt: '2026-01-01T00:00:00.000Z',
    ...(model === undefined ? {} : { model }),
    cloudModel: 'large',
    decideAfterTokens: 24,
    threshold: effect.threshold,
    router,
    evidence: effect,
  }
  writeFileSync(path, JSON.stringify(calibration))
  return path
}

function load(calibration: string | undefined) {
  const cascade = calibration === undefined ? {} : { calibration }
  const config = edgeConfigSchema.parse({ policy: { cascade } })
  return loadDraftJudge({ config, stateFolder: folder })
}

describe('the calibration of an edge', () => {
  it('judges drafts of the very weights it was made with', async () => {
    const model = await calibratedModel(await readModelFolder({ folder: bundledEdgeModel }))
    expect(model).toMatchObject({ variant: 'q8', digest: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(await load(write('right.json', model))).toMatchObject({ threshold: effect.threshold, decideAfterTokens: 24 })
  })

  it('is refused for other weights, and when it cannot be read', async () => {
    const other = { id: 'edgewise-edge', variant: 'q4', digest: '0'.repeat(64) }
    await expect(load(write('wrong.json', other))).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('Run `edgewise calibrate`'),
    })
    await expect(load(join(folder, 'absent.json'))).rejects.toMatchObject({ code: 'config-invalid' })
  })

  it('is taken for any weights when it was made from recordings alone, and is not needed', async () => {
    expect(await load(write('unbound.json', undefined))).toBeDefined()
    expect(await load(undefined)).toBeUndefined()
  })
})

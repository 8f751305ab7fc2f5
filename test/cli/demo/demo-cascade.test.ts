import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { demoCascade } from '../../../src/cli/demo/demo-cascade.ts'
import { calibratedModel } from '../../../src/edge/presets/model-digest.ts'
import { readModelFolder } from '../../../src/model-store/folder.ts'
import { parseCalibration } from '../../../src/routers/calibration.ts'

const folder = join(import.meta.dirname, '..', '..', '..', 'models', 'edgewise-edge')
const path = join(folder, 'calibration.json')

describe('the bundled calibration', () => {
  const calibration = parseCalibration(readFileSync(path, 'utf8'), path)

  it('is made for the weights that lie beside it; after other ones it must be made anew (training/README.md)', async () => {
    expect(calibration.model).toEqual(await calibratedModel(await readModelFolder({ folder })))
    expect(calibration.cloudModel).toBe('edgewise-cloud')
  })

  it('is small, and holds no prompt', () => {
    expect(statSync(path).size).toBeLessThan(100_000)
    expect(readFileSync(path, 'utf8')).not.toMatch(/Intent:|Slots:|Work order:|Question:/)
  })
})

describe('the cascade of the demo', () => {
  it('is the bundled calibration, with its threshold, for the bundled pair', async () => {
    const { settings, threshold, meaning } = await demoCascade({})
    expect(settings).toEqual({ calibration: path })
    expect(threshold).toBe(parseCalibration(readFileSync(path, 'utf8'), path).threshold)
    expect(meaning).toContain(`${Math.round(100 * threshold)} % likely`)
  })

  it.each([
    ['another local model', { edgeModel: '/models/other' }],
    ['another cloud', { cloud: { url: 'http://127.0.0.1:8000/v1' } }],
  ])('is a plain threshold with %s, of which the calibration knows nothing', async (_, options) => {
    const { settings, threshold, meaning } = await demoCascade(options)
    expect(settings).toEqual({ threshold })
    expect(meaning).toBe('the edge is less than 90 % sure')
  })
})

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { calibratedModel } from '../../edge/presets/model-digest.ts'
import { readModelFolder } from '../../model-store/folder.ts'
import { checkCalibratedFor, createDraftJudge, type DraftJudge, parseCalibration } from '../../routers/calibration.ts'
import { models } from './bundled-cascade.ts'

/** The judge of the bundled calibration. Throws `config-invalid` when it was made for other weights than lie beside it. */
export async function bundledJudge(): Promise<DraftJudge> {
  const folder = join(models, 'edgewise-edge')
  const path = join(folder, 'calibration.json')
  const calibration = parseCalibration(await readFile(path, 'utf8'), path)
  checkCalibratedFor(calibration, await calibratedModel(await readModelFolder({ folder })))
  return createDraftJudge(calibration)
}

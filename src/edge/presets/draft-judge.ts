import { readFile } from 'node:fs/promises'
import { readModelFolder } from '../../model-store/folder.ts'
import { modelsFolderOf } from '../../model-store/pulled-models.ts'
import { resolveModel } from '../../model-store/resolve-model.ts'
import { checkCalibratedFor, createDraftJudge, type DraftJudge, parseCalibration } from '../../routers/calibration.ts'
import { asEdgewiseError } from '../../spec/errors.ts'
import type { EdgeConfig } from '../config.ts'
import { bundledEdgeModel } from './local-model.ts'
import { calibratedModel } from './model-digest.ts'

export interface LoadDraftJudgeOptions {
  readonly config: EdgeConfig
  readonly stateFolder: string
}

/**
 * The judge of the calibration that the policy names; undefined when it names none. Throws `config-invalid` when the file cannot be
 * read or was made for other weights than the edge loads.
 */
export async function loadDraftJudge({ config, stateFolder }: LoadDraftJudgeOptions): Promise<DraftJudge | undefined> {
  const path = config.policy.cascade.calibration
  if (path === undefined) return undefined
  const calibration = parseCalibration(await readText(path), path)
  if (calibration.model !== undefined) {
    const { model = bundledEdgeModel, variant } = config
    const folder = await resolveModel({ model, modelsFolder: modelsFolderOf(stateFolder) })
    const manifest = await readModelFolder({ folder, ...(variant === undefined ? {} : { variant }) })
    checkCalibratedFor(calibration, await calibratedModel(manifest))
  }
  return createDraftJudge(calibration)
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error)
    throw asEdgewiseError(
      error,
      'config-invalid',
      `The calibration of policy.cascade cannot be read: ${because}. \`edgewise calibrate\` writes one.`,
    )
  }
}

import { readFile } from 'node:fs/promises'
import { readModelFolder } from '../../model-store/folder.ts'
import { modelsFolderOf } from '../../model-store/pulled-models.ts'
import { resolveModel } from '../../model-store/resolve-model.ts'
import {
  type CalibratedModel,
  checkCalibratedFor,
  createDraftJudge,
  type DraftJudge,
  parseCalibration,
} from '../../routers/calibration.ts'
import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { EdgeConfig } from '../config.ts'
import { bundledEdgeModel, isGguf } from './local-model.ts'
import { calibratedGguf, calibratedModel } from './model-digest.ts'

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
    checkCalibratedFor(calibration, await weightsOf({ config, stateFolder }))
  }
  return createDraftJudge(calibration)
}

async function weightsOf({ config, stateFolder }: LoadDraftJudgeOptions): Promise<CalibratedModel> {
  const { model = bundledEdgeModel, variant } = config
  if (typeof model !== 'string') {
    throw new EdgewiseError(
      'config-invalid',
      `The calibration of policy.cascade was made for the weights of a model here, but ${model.model} runs in a server: calibrate with that one.`,
    )
  }
  const path = await resolveModel({ model, modelsFolder: modelsFolderOf(stateFolder) })
  if (isGguf(path)) return calibratedGguf(path)
  return calibratedModel(await readModelFolder({ folder: path, ...(variant === undefined ? {} : { variant }) }))
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

import { join } from 'node:path'
import { readModelFolder } from '../../model-store/folder.ts'
import { modelsFolderOf } from '../../model-store/pulled-models.ts'
import { resolveModel } from '../../model-store/resolve-model.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import { packageRoot } from '../package-root.ts'
import { tellModelLine } from '../tell-model.ts'
import type { Check } from './check.ts'

/** Whether the folder of the local model holds one that can be loaded. */
export const checkModelFolder: Check = async ({ settings: { config, stateFolder } }) => {
  const subject = 'local model'
  const { model = join(packageRoot, 'models', 'edgewise-edge'), variant } = config.edge
  try {
    const folder = await resolveModel({ model, modelsFolder: modelsFolderOf(stateFolder) })
    const manifest = await readModelFolder({ folder, ...(variant === undefined ? {} : { variant }) })
    return { verdict: 'ok', subject, what: tellModelLine(manifest) }
  } catch (error) {
    if (!(error instanceof EdgewiseError)) throw error
    return {
      verdict: 'fail',
      subject,
      what: error.message,
      fix: 'Set edge.model to the folder of an ONNX export or to a pulled model, or leave it out.',
    }
  }
}

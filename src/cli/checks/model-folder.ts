import { join } from 'node:path'
import { readModelFolder } from '../../model-store/folder.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import { packageRoot } from '../package-root.ts'
import { tellModelLine } from '../tell-model.ts'
import type { Check } from './check.ts'

/** Whether the folder of the local model holds one that can be loaded. */
export const checkModelFolder: Check = async ({ settings: { config } }) => {
  const subject = 'local model'
  const { model: folder = join(packageRoot, 'models', 'edgewise-edge'), variant } = config.edge
  try {
    const manifest = await readModelFolder({ folder, ...(variant === undefined ? {} : { variant }) })
    return { verdict: 'ok', subject, what: tellModelLine(manifest) }
  } catch (error) {
    if (!(error instanceof EdgewiseError)) throw error
    return {
      verdict: 'fail',
      subject,
      what: error.message,
      fix: 'Set edge.model to the folder of an ONNX export, or leave it out.',
    }
  }
}

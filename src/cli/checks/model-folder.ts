import { join } from 'node:path'
import { isGguf, llamaModules } from '../../edge/presets/local-model.ts'
import { readModelFolder } from '../../model-store/folder.ts'
import { modelsFolderOf } from '../../model-store/pulled-models.ts'
import { resolveModel } from '../../model-store/resolve-model.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import { packageRoot } from '../package-root.ts'
import { tellModelLine } from '../tell-model.ts'
import type { Check } from './check.ts'
import { checkGgufFile } from './gguf-file.ts'
import { checkLocalServer } from './local-servers.ts'

/** Whether the local model can be loaded: the files of its folder are there, its .gguf file with the library for it, or its server tells of it. */
export const checkModelFolder: Check = async ({ settings: { config, stateFolder }, signal }) => {
  const subject = 'local model'
  const { model = join(packageRoot, 'models', 'edgewise-edge'), variant } = config.edge
  if (typeof model !== 'string') return checkLocalServer(model, signal)
  try {
    const folder = await resolveModel({ model, modelsFolder: modelsFolderOf(stateFolder) })
    if (isGguf(folder)) return await checkGgufFile(folder, llamaModules().modules)
    const manifest = await readModelFolder({ folder, ...(variant === undefined ? {} : { variant }) })
    return { verdict: 'ok', subject, what: tellModelLine(manifest) }
  } catch (error) {
    if (!(error instanceof EdgewiseError)) throw error
    return {
      verdict: 'fail',
      subject,
      what: error.message,
      fix: 'Set edge.model to the folder of an ONNX export, a .gguf file or a pulled model, or leave it out.',
    }
  }
}

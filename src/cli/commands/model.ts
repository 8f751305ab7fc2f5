import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { asEdgewiseError } from '../../spec/errors.ts'
import { packageRoot } from '../package-root.ts'
import { registerModelLayers } from '../partition/model-layers.ts'
import { registerModelSplit } from '../partition/model-split.ts'
import { tellModel, tellModelLine, tellPulled } from '../tell-model.ts'
import { registerModelArchive } from './model-archive.ts'
import { modelPlace, type StateOption, storeOf } from './model-place.ts'
import { registerModelPull } from './model-pull.ts'
import { registerModelStore } from './model-store.ts'

const examples = `
Examples:
  edgewise model list
  edgewise model show ./models/edgewise-edge
  edgewise model pull hf:onnx-community/Qwen3-0.6B-ONNX:q4
  edgewise model verify hf:onnx-community/Qwen3-0.6B-ONNX
  edgewise model layers ./models/edgewise-cloud
  edgewise model split ./models/edgewise-cloud --at 3 --out ./split

A REF is hf:ORG/NAME, hf:ORG/NAME@REVISION or hf:ORG/NAME@REVISION:VARIANT. Only pull uses the network.`

/** `edgewise model …`: what is in model folders and in the store, and how it gets there. */
export function registerModel(program: Command): void {
  const model = program
    .command('model')
    .description('look at models, fetch them, check them, carry them over, cut them')
    .helpCommand(false)
    .addHelpText('after', examples)
  model
    .command('list')
    .description('list the models in a folder of model folders')
    .argument('[folder]', 'folder that holds model folders (default: the bundled ones and those that were pulled)')
    .option('--state <folder>', 'state folder with the pulled models (default: EDGEWISE_STATE)')
    .action(list)
  model
    .command('show')
    .description('show one model, and why which of its quantisations is taken')
    .argument(
      '<model>',
      'folder of an ONNX export (config.json, tokenizer.json, onnx/model*.onnx), or REF of a pulled one',
    )
    .option('--variant <name>', 'take this quantisation')
    .option('--state <folder>', 'state folder with the pulled models (default: EDGEWISE_STATE)')
    .action(show)
  registerModelPull(model)
  registerModelStore(model)
  registerModelArchive(model)
  registerModelLayers(model)
  registerModelSplit(model)
}

async function list(folder: string | undefined, options: StateOption): Promise<void> {
  const { listModels } = await import('../../model-store/folder.ts')
  const models = await listModels(await modelFolders(folder ?? join(packageRoot, 'models')))
  const lines = models.map((model) => {
    return 'manifest' in model
      ? tellModelLine(model.manifest)
      : `${model.folder}: cannot be used: ${model.problem.message}`
  })
  if (folder === undefined) lines.push(...(await pulledLines(options)))
  process.stdout.write(`${lines.length === 0 ? `No model in ${resolve(folder ?? '')}.` : lines.join('\n')}\n`)
}

async function pulledLines(options: StateOption): Promise<string[]> {
  const { listPulledModels } = await import('../../model-store/pulled-models.ts')
  const pulled = await listPulledModels(storeOf(options).modelsFolder)
  return pulled.map((model) =>
    'manifest' in model ? tellPulled(model) : `${model.folder}: cannot be used: ${model.problem.message}`,
  )
}

async function show(name: string, { variant, ...options }: StateOption & { variant?: string }): Promise<void> {
  const { readModelFolder } = await import('../../model-store/folder.ts')
  const folder = await modelPlace(name, options)
  const manifest = await readModelFolder({ folder, ...(variant === undefined ? {} : { variant }) })
  process.stdout.write(`${tellModel(manifest)}\n`)
}

/** The folder itself when it holds a model, else those of its folders that do. */
async function modelFolders(folder: string): Promise<string[]> {
  const isModel = (path: string) => ['config.json', 'genai_config.json'].some((name) => existsSync(join(path, name)))
  if (isModel(folder)) return [folder]
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    const folders = entries.filter((entry) => !entry.isFile()).map(({ name }) => join(folder, name))
    return folders.filter(isModel).toSorted()
  } catch (error) {
    throw asEdgewiseError(error, 'model-invalid', `The folder ${folder} cannot be read. Name one that holds models.`)
  }
}

import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { asEdgewiseError } from '../../spec/errors.ts'
import { packageRoot } from '../package-root.ts'
import { tellModel, tellModelLine } from '../tell-model.ts'

/** `edgewise model list|show`: what is in model folders. Weights are not loaded, nothing is fetched. */
export function registerModel(program: Command): void {
  const model = program
    .command('model')
    .description('look at models in folders')
    .helpCommand(false)
    .addHelpText('after', '\nExamples:\n  edgewise model list\n  edgewise model show ./models/edgewise-edge')
  model
    .command('list')
    .description('list the models in a folder of model folders')
    .argument('[folder]', 'folder that holds model folders (default: the bundled ones)', join(packageRoot, 'models'))
    .action(list)
  model
    .command('show')
    .description('show one model, and why which of its quantisations is taken')
    .argument('<folder>', 'folder of an ONNX export: config.json, tokenizer.json, onnx/model*.onnx')
    .option('--variant <name>', 'take this quantisation')
    .action(show)
}

async function list(folder: string): Promise<void> {
  const { listModels } = await import('../../model-store/folder.ts')
  const models = await listModels(await modelFolders(folder))
  const lines = models.map((model) => {
    return 'manifest' in model
      ? tellModelLine(model.manifest)
      : `${model.folder}: cannot be used: ${model.problem.message}`
  })
  process.stdout.write(`${lines.length === 0 ? `No model in ${resolve(folder)}.` : lines.join('\n')}\n`)
}

async function show(folder: string, { variant }: { variant?: string }): Promise<void> {
  const { readModelFolder } = await import('../../model-store/folder.ts')
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

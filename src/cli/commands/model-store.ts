import type { Command } from 'commander'
import { bytesText } from '../../model-store/bytes-text.ts'
import { isModelReference, parseModelReference } from '../../model-store/model-reference.ts'
import { findPulledModels } from '../../model-store/pulled-models.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import { listenForStop } from '../stop-signal.ts'
import { modelPlace, type StateOption, storeOf } from './model-place.ts'

/** `edgewise model rm|verify`: what is in the store. */
export function registerModelStore(model: Command): void {
  model
    .command('rm')
    .description('remove a pulled model, without asking')
    .argument('<ref>', 'REF of a pulled model, or its folder')
    .option('--state <folder>', 'state folder (default: EDGEWISE_STATE)')
    .action(remove)
    .addHelpText('after', '\nExample:\n  edgewise model rm hf:onnx-community/Qwen3-0.6B-ONNX:q4')
  model
    .command('verify')
    .description('read a pulled model again and compare every byte with what was pulled')
    .argument('<model>', 'REF of a pulled model, or its folder')
    .option('--state <folder>', 'state folder (default: EDGEWISE_STATE)')
    .action(verify)
    .addHelpText(
      'after',
      '\nExample:\n  edgewise model verify hf:onnx-community/Qwen3-0.6B-ONNX\n\nThe exit code is 1 when a file is wrong.',
    )
}

async function remove(name: string, options: StateOption): Promise<void> {
  const { removeModel } = await import('../../model-store/remove-model.ts')
  const { removePartials } = await import('../../model-store/remove-partials.ts')
  const { modelsFolder } = storeOf(options)
  const partial = isModelReference(name) ? await removePartials(modelsFolder, parseModelReference(name)) : 0
  if (partial > 0) process.stdout.write(`Removed what a pull had begun: ${bytesText(partial)} freed.\n`)
  const models = isModelReference(name) ? await findPulledModels(modelsFolder, parseModelReference(name)) : []
  if (models.length === 0 && partial > 0) return
  if (models.length > 1) {
    const names = models.map(({ folder }) => `  ${folder}`).join('\n')
    const message = `${name} may mean ${models.length} models. Name a variant or a commit, or one of these folders:\n${names}`
    throw new EdgewiseError('config-invalid', message)
  }
  const folder = await modelPlace(name, options)
  const bytes = await removeModel({ folder, modelsFolder })
  process.stdout.write(`Removed ${folder}: ${bytesText(bytes)} freed.\n`)
}

async function verify(name: string, options: StateOption): Promise<void> {
  using stop = listenForStop({ signals: process, exit: (code) => process.exit(code) })
  const { verifyModel } = await import('../../model-store/verify-model.ts')
  const folder = await modelPlace(name, options)
  const { files, bytes, faults } = await verifyModel({ folder, signal: stop.signal })
  if (faults.length === 0) {
    process.stdout.write(`${folder}: all ${files} files (${bytesText(bytes)}) are as they were pulled.\n`)
    return
  }
  process.exitCode = 1
  for (const { path, because } of faults) process.stdout.write(`${folder}: ${path} ${because}\n`)
  process.stdout.write('Remove the model and pull it again: edgewise model rm, then edgewise model pull.\n')
}

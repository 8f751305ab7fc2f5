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
    .description('compare a pulled model with what was pulled, or the parts of a split model with the whole')
    .argument('<model>', 'REF of a pulled model, its folder, or a folder that `edgewise model split` wrote')
    .option('--whole <model>', 'the whole model, when the parts were split elsewhere')
    .option('--cuts', 'cut the model at every layer, in memory, and compare each with the whole')
    .option('--json', 'one JSON object about a comparison with the whole')
    .option('--state <folder>', 'state folder (default: EDGEWISE_STATE)')
    .action(verify)
    .addHelpText('after', verifyHelp)
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

const verifyHelp = `
Examples:
  edgewise model verify hf:onnx-community/Qwen3-0.6B-ONNX    every byte again
  edgewise model verify ./split                              the parts against the whole model
  edgewise model verify ./models/edgewise-cloud --cuts       every cut of a model, both shapes

The exit code is 1 when a file is wrong, and when parts do not give the same bits as the whole.`

interface VerifyWords extends StateOption {
  readonly whole?: string
  readonly cuts?: boolean
  readonly json?: boolean
}

async function verify(name: string, { whole, cuts, json, ...options }: VerifyWords): Promise<void> {
  using stop = listenForStop({ signals: process, exit: (code) => process.exit(code) })
  const { splitRecordOf, verifyEveryCut, verifySplit } = await import('../partition/verify-split.ts')
  const record = cuts || isModelReference(name) ? undefined : await splitRecordOf(name)
  if (cuts || record !== undefined) {
    const say = (line: string) => void (json ? undefined : process.stdout.write(`${line}\n`))
    const how = { ...options, ...(whole === undefined ? {} : { whole }), signal: stop.signal, say }
    const checks = record === undefined ? await verifyEveryCut(name, how) : [await verifySplit(name, record, how)]
    if (json) process.stdout.write(`${JSON.stringify({ model: name, checks })}\n`)
    if (checks.some(({ comparison }) => comparison.rung !== 'bit-exact')) process.exitCode = 1
    return
  }
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

import type { Command } from 'commander'
import { EdgewiseError } from '../../spec/errors.ts'
import { systemClock } from '../../spec/system-clock.ts'
import { makeStateFolder } from '../state-folder.ts'
import { listenForStop } from '../stop-signal.ts'
import { pulledModel, type StateOption, storeOf } from './model-place.ts'
import { createProgressLines } from './model-progress.ts'

const importExamples = `
Examples:
  edgewise model import qwen3.tar --key 3b9f…    the fingerprint that the export printed, brought by another way
  edgewise model import qwen3.tar --trust-key    whoever signed it`

/** `edgewise model export|import`: a model as one signed file, for sites without a network. */
export function registerModelArchive(model: Command): void {
  model
    .command('export')
    .description('write a pulled model as one signed archive')
    .argument('<ref>', 'REF of a pulled model')
    .argument('<file>', 'where to write it')
    .option('--state <folder>', 'state folder (default: EDGEWISE_STATE)')
    .action(writeArchive)
    .addHelpText('after', '\nExample:\n  edgewise model export hf:onnx-community/Qwen3-0.6B-ONNX:q4 qwen3.tar')
  model
    .command('import')
    .description('take a model out of a signed archive')
    .argument('<file>', 'archive that `edgewise model export` wrote')
    .option('--key <fingerprint>', 'take it only when the key with this fingerprint signed it')
    .option('--trust-key', 'take it whoever signed it')
    .option('--state <folder>', 'state folder (default: EDGEWISE_STATE)')
    .action(readArchive)
    .addHelpText('after', importExamples)
}

async function writeArchive(reference: string, file: string, options: StateOption): Promise<void> {
  using stop = listenForStop({ signals: process, exit: (code) => process.exit(code) })
  const { exportModel } = await import('../../model-store/export-model.ts')
  const { openSigningKey } = await import('../../model-store/signing-key.ts')
  const { totalBytes } = await import('../../model-store/total-bytes.ts')
  const { bytesText } = await import('../../model-store/bytes-text.ts')
  const { stateFolder } = storeOf(options)
  const model = await pulledModel(reference, options)
  await makeStateFolder(stateFolder)
  const key = await openSigningKey(stateFolder)
  const progress = openProgress()
  const total = totalBytes(model.manifest)
  const onBytes = (done: number) => progress.update(done, total)
  const bytes = await exportModel({ model, file, key, signal: stop.signal, onBytes }).finally(() => progress.end())
  process.stdout.write(
    `Wrote ${file}: ${bytesText(bytes)}. Fingerprint of the key that signed it:\n${key.fingerprint}\n`,
  )
}

interface ImportOptions extends StateOption {
  readonly key?: string
  readonly trustKey?: boolean
}

async function readArchive(file: string, { key, trustKey, ...options }: ImportOptions): Promise<void> {
  using stop = listenForStop({ signals: process, exit: (code) => process.exit(code) })
  const trusted = trustedKey(key, trustKey === true)
  const { importModel } = await import('../../model-store/import-model.ts')
  const { stateFolder, modelsFolder } = storeOf(options)
  await makeStateFolder(stateFolder)
  const progress = openProgress()
  const { folder, fingerprint, wasThere } = await importModel({
    file,
    modelsFolder,
    trusted,
    clock: systemClock,
    signal: stop.signal,
    onBytes: (done, total) => progress.update(done, total),
  }).finally(() => progress.end())
  process.stderr.write(`${wasThere ? 'Already there' : 'Taken over and checked'}; signed by ${fingerprint}\n`)
  process.stdout.write(`${folder}\n`)
}

function trustedKey(key: string | undefined, anyone: boolean) {
  if ((key === undefined) === !anyone) {
    const message =
      'Say whose archive you take: --key FINGERPRINT, which the export printed, or --trust-key for anybody.'
    throw new EdgewiseError('config-invalid', message)
  }
  if (key === undefined) return 'anyone'
  const fingerprint = key.replaceAll(':', '').toLowerCase()
  if (/^[0-9a-f]{64}$/.test(fingerprint)) return { fingerprint }
  throw new EdgewiseError(
    'config-invalid',
    'A fingerprint is 64 hexadecimal digits, as `edgewise model export` prints it.',
  )
}

function openProgress() {
  const write = (text: string) => process.stderr.write(text)
  return createProgressLines({ write, isTerminal: process.stderr.isTTY, clock: systemClock })
}

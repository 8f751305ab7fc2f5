import type { Command } from 'commander'
import { bytesText } from '../../model-store/bytes-text.ts'
import type { SplitSide } from '../../partition/split-model.ts'
import type { LayerRange } from '../../spec/layer-range.ts'
import { systemClock } from '../../spec/system-clock.ts'
import type { StateOption } from '../commands/model-place.ts'
import { createProgressLines } from '../commands/model-progress.ts'
import { listenForStop } from '../stop-signal.ts'
import { readCount, wholeModel } from './model-layers.ts'

interface SplitOptions extends StateOption {
  readonly at: number
  readonly uShape?: boolean
  readonly out: string
  readonly variant?: string
  readonly json?: boolean
}

const help = `
Examples:
  edgewise model split ./models/edgewise-cloud --at 3 --out ./split
  edgewise model split hf:onnx-community/Qwen3-0.6B-ONNX --at 8 --u-shape --out ./split
  edgewise model verify ./split                  that the parts give what the whole gives

The folder gets edge/ and cloud/, each complete by itself. Splitting hides nothing: hidden states can be turned back into the text.`

/** `edgewise model split MODEL --at k --out FOLDER`: writes the two sides of a model. */
export function registerModelSplit(model: Command): void {
  model
    .command('split')
    .description('cut a model between two layers, into one folder for the edge and one for the cloud')
    .argument('<model>', 'folder of an ONNX export, or REF of a pulled one')
    .requiredOption('--at <layers>', 'layers at the edge', readCount)
    .requiredOption('--out <folder>', 'new folder for the two sides')
    .option('--u-shape', 'final norm and LM head at the edge too: the cloud gives hidden states')
    .option('--variant <name>', 'take this quantisation')
    .option('--json', 'one JSON object')
    .option('--state <folder>', 'state folder with the pulled models (default: EDGEWISE_STATE)')
    .action(split)
    .addHelpText('after', help)
}

async function split(name: string, { at, uShape = false, out, json, ...options }: SplitOptions): Promise<void> {
  using stop = listenForStop({ signals: process, exit: (code) => process.exit(code) })
  const { splitModel } = await import('../../partition/split-model.ts')
  const { manifest } = await wholeModel(name, options)
  const progress = createProgressLines({
    write: (line) => process.stderr.write(line),
    isTerminal: process.stderr.isTTY,
    clock: systemClock,
  })
  const shape = uShape ? 'u-shape' : 'two-way'
  const onBytes = (done: number, total: number) => progress.update(done, total)
  const sides = await splitModel({ manifest, at, shape, out, signal: stop.signal, onBytes }).finally(() =>
    progress.end(),
  )
  const { edge, cloud } = sides
  const text = json
    ? JSON.stringify({ model: manifest.id, at, shape, edge: sideJson(edge), cloud: sideJson(cloud) })
    : [tellSide('edge', edge), tellSide('cloud', cloud)].join('\n')
  process.stdout.write(`${text}\n`)
}

function sideJson({ folder, manifest }: SplitSide) {
  return { folder, bytes: sideBytes(manifest), parts: manifest.parts }
}

/** Bytes of all files of a side. */
export function sideBytes({ files }: SplitSide['manifest']): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** One line about a side: what it holds and where. */
export function tellSide(side: string, { folder, manifest }: SplitSide): string {
  const parts = manifest.parts.flatMap(({ layers, head }) => [
    ...(layers.start === layers.end ? [] : [rangeText(layers)]),
    ...(head === undefined ? [] : ['LM head']),
  ])
  return `${side}: ${parts.join(' and ')}, ${bytesText(sideBytes(manifest))} in ${folder}`
}

function rangeText({ start, end }: LayerRange): string {
  return end - start === 1 ? `layer ${start}` : `layers ${start} to ${end - 1}`
}

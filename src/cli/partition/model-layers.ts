import { join } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import type { LayerTimes, ModelFacts } from '../../engines/onnx/measure-layers.ts'
import { bytesText } from '../../model-store/bytes-text.ts'
import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { ModelManifest } from '../../spec/model-manifest.ts'
import { systemClock } from '../../spec/system-clock.ts'
import { modelPlace, type StateOption } from '../commands/model-place.ts'
import { listenForStop } from '../stop-signal.ts'

export interface LayersOptions extends StateOption {
  readonly variant?: string
  readonly threads: number
  readonly measure: boolean
  readonly json?: boolean
}

const help = `
Examples:
  edgewise model layers ./models/edgewise-cloud
  edgewise model layers hf:onnx-community/Qwen3-0.6B-ONNX --json

The time is the median of 15 rounds through all layers, one token each, every layer loaded by itself. Layer 0 includes the look-up in the embedding.
Weights that several places need, such as tables of rotary angles or an embedding that is the LM head too, are counted as shared.`

/** `edgewise model layers MODEL`: what each layer weighs, and where the model can be cut. */
export function registerModelLayers(model: Command): void {
  model
    .command('layers')
    .description('show what each layer weighs and takes, and where the model can be cut')
    .argument('<model>', 'folder of an ONNX export, or REF of a pulled one')
    .option('--variant <name>', 'take this quantisation')
    .option('--threads <count>', 'threads of a step', readCount, 1)
    .option('--no-measure', 'sizes only, without running anything')
    .option('--json', 'one JSON object')
    .option('--state <folder>', 'state folder with the pulled models (default: EDGEWISE_STATE)')
    .action(showLayers)
    .addHelpText('after', help)
}

/** A number of threads or layers, for commander. */
export function readCount(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is no whole number from 1 on.')
}

/** The model that somebody means, with the graph that is taken. Throws `model-invalid` for a model of another kind. */
export async function wholeModel(
  name: string,
  { variant, ...options }: StateOption & { readonly variant?: string },
): Promise<{ readonly manifest: ModelManifest; readonly path: string; readonly variant: string }> {
  const { readModelFolder } = await import('../../model-store/folder.ts')
  const folder = await modelPlace(name, options)
  const manifest = await readModelFolder({ folder, ...(variant === undefined ? {} : { variant }) })
  const [taken] = manifest.variants
  if (taken === undefined) throw new EdgewiseError('model-invalid', `${folder} has no graph`)
  return { manifest, path: join(manifest.folder, taken.path), variant: taken.name }
}

async function showLayers(name: string, { threads, measure, json, ...options }: LayersOptions): Promise<void> {
  using stop = listenForStop({ signals: process, exit: (code) => process.exit(code) })
  const { readOnnxModel } = await import('../../partition/read-onnx-model.ts')
  const { measureLayers, readLayerFacts } = await import('../../engines/onnx/measure-layers.ts')
  const { manifest, path, variant } = await wholeModel(name, options)
  const model = readOnnxModel(path)
  const facts = readLayerFacts(model, manifest)
  const canMeasure = measure && facts.layers.every(({ noCut }) => noCut === undefined)
  const { monotonic } = systemClock
  const times = canMeasure
    ? await measureLayers({ model, manifest, threads, rounds: 15, monotonic, signal: stop.signal }).catch(unmeasured)
    : undefined
  const text = json
    ? JSON.stringify(asJson({ manifest, variant, facts, times }))
    : tellLayers({ manifest, variant, facts, times })
  process.stdout.write(`${text}\n`)
}

/** Sizes are worth showing without times. */
function unmeasured(thrown: unknown): undefined {
  process.stderr.write(`Not measured: ${asEdgewiseError(thrown).message}\n`)
}

interface Shown {
  readonly manifest: ModelManifest
  readonly variant: string
  readonly facts: ModelFacts
  readonly times: LayerTimes | undefined
}

function asJson({ manifest, variant, facts, times }: Shown) {
  const layers = facts.layers.map((layer) => ({ ...layer, msPerToken: times?.layersMs[layer.layer] }))
  const { embeddingBytes, headBytes, sharedBytes } = facts
  return { model: manifest.id, variant, layers, embeddingBytes, headBytes, sharedBytes, headMsPerToken: times?.headMs }
}

/** The table that a person gets. */
export function tellLayers({ manifest, variant, facts, times }: Shown): string {
  const ms = (value: number | undefined) => (value === undefined ? '' : value.toFixed(value < 1 ? 3 : 1))
  const rows = [
    ['', 'weights', 'KV per token', times === undefined ? '' : 'ms per token', ''],
    ['embedding', bytesText(facts.embeddingBytes), '', '', ''],
    ...facts.layers.map(({ layer, weightBytes, kvBytesPerToken, noCut }) => {
      const cut = layer === 0 ? '' : noCut === undefined ? `--at ${layer}` : 'no cut'
      return [`layer ${layer}`, bytesText(weightBytes), bytesText(kvBytesPerToken), ms(times?.layersMs[layer]), cut]
    }),
    ['head', bytesText(facts.headBytes), '', ms(times?.headMs), ''],
    ...(facts.sharedBytes === 0 ? [] : [['shared', bytesText(facts.sharedBytes), '', '', '']]),
  ]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
  const reasons = new Set(facts.layers.flatMap(({ noCut }) => (noCut === undefined ? [] : [noCut])))
  return [
    `${manifest.id}, ${variant}: ${manifest.layers} layers of ${manifest.hiddenSize}`,
    ...rows.map((row) => `  ${line(row).trimEnd()}`),
    ...reasons,
  ].join('\n')
}

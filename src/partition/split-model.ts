import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EdgewiseError } from '../spec/errors.ts'
import type { LayerRange } from '../spec/layer-range.ts'
import type { ModelManifest } from '../spec/model-manifest.ts'
import { type PartManifest, partManifestName, type SplitRecord, splitRecordName } from '../spec/part-manifest.ts'
import { cutModel } from './cut-model.ts'
import { inlineBytes } from './encode-onnx-model.ts'
import { findCuts } from './find-cuts.ts'
import type { OnnxModel } from './onnx-model.ts'
import { readOnnxModel } from './read-onnx-model.ts'
import { type PackedFile, repackModel } from './repack.ts'
import { groupWeights, type WeightGroup } from './weight-groups.ts'

export interface SplitModelOptions {
  /** The whole model. Its first variant is split. */
  readonly manifest: ModelManifest
  /** Layers at the edge. */
  readonly at: number
  readonly shape: SplitRecord['shape']
  /** Gets the folders `edge` and `cloud`. It must be empty or not there. */
  readonly out: string
  readonly signal: AbortSignal
  /** Called with the bytes of weights copied so far, and those in all. */
  readonly onBytes?: (done: number, total: number) => void
}

/** One side that was written. */
export interface SplitSide {
  readonly folder: string
  readonly manifest: PartManifest
}

const tokenizerFiles = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'chat_template.jinja',
  'special_tokens_map.json',
]

/**
 * Writes the two sides of a model, each complete by itself: the graphs of its parts, their weights and the tokenizer. The model stays as it is.
 * Throws `model-invalid` where it cannot be cut there, with the tensors that would cross, and `config-invalid` for a folder that is not empty.
 */
export async function splitModel(
  options: SplitModelOptions,
): Promise<{ readonly edge: SplitSide; readonly cloud: SplitSide }> {
  const { manifest, at, shape, out } = options
  const [variant] = manifest.variants
  if (variant === undefined) throw new EdgewiseError('model-invalid', `model ${manifest.id} has no graph`)
  const { layers } = manifest
  if (!Number.isInteger(at) || at < 1 || at >= layers) {
    throw new EdgewiseError(
      'config-invalid',
      `${manifest.id} has ${layers} layers: it can be cut at 1 to ${layers - 1}, not at ${at}`,
    )
  }
  await requireEmpty(out)
  const whole = readOnnxModel(join(manifest.folder, variant.path))
  const cuts = findCuts(whole)
  const groups = groupWeights(whole, cuts)
  const cut = (part: LayerRange | 'head'): NamedGraph => {
    const graph = cutModel(whole, {
      cuts,
      part: part === 'head' ? part : { layers: part },
      hiddenSize: manifest.hiddenSize,
      logits: 'logits',
    })
    return { name: part === 'head' ? 'head.onnx' : `layers-${part.start}-${part.end}.onnx`, graph }
  }
  const [below, above] = [
    { start: 0, end: at },
    { start: at, end: layers },
  ]
  const [edge, cloud, head] = [cut(below), cut(above), cut('head')]
  const onBytes = countBytes([edge, cloud, head], options.onBytes)
  const write = (side: string, parts: readonly SidePart[]) =>
    writeSide({ ...options, onBytes, folder: join(out, side), parts, groupOf: (name) => groups.get(name) ?? 'shared' })
  const isUShape = shape === 'u-shape'
  const sides = {
    edge: await write('edge', [
      { layers: below, graph: edge },
      ...(isUShape ? [{ layers: { start: layers, end: layers }, head }] : []),
    ]),
    cloud: await write('cloud', [{ layers: above, graph: cloud, ...(isUShape ? {} : { head }) }]),
  }
  const record: SplitRecord = { format: 1, at, shape, whole: manifest.folder, variant: variant.name }
  await writeFile(join(out, splitRecordName), `${JSON.stringify(record, undefined, 2)}\n`)
  return sides
}

interface NamedGraph {
  readonly name: string
  readonly graph: OnnxModel
}

interface SidePart {
  readonly layers: LayerRange
  readonly graph?: NamedGraph
  readonly head?: NamedGraph
}

interface WriteSide extends Omit<SplitModelOptions, 'onBytes'> {
  readonly folder: string
  readonly parts: readonly SidePart[]
  readonly groupOf: (tensor: string) => WeightGroup
  readonly onBytes: (bytes: number) => void
}

async function writeSide({ folder, parts, manifest, groupOf, signal, onBytes }: WriteSide): Promise<SplitSide> {
  await mkdir(folder, { recursive: true })
  const files: PackedFile[] = []
  for (const { name, graph } of parts.flatMap((part) => [part.graph, part.head]).filter((one) => one !== undefined)) {
    files.push(...(await repackModel(graph, { folder, name, groupOf, signal, onBytes })))
  }
  files.push(...(await copyTokenizer(manifest.folder, folder)))
  const { id, architecture, layers, hiddenSize, kvHeads, headDim, vocabulary, contextTokens, eosTokenIds } = manifest
  const written: PartManifest = {
    format: 1,
    model: {
      id,
      architecture,
      layers,
      hiddenSize,
      kvHeads,
      headDim,
      vocabulary,
      contextTokens,
      eosTokenIds: [...eosTokenIds],
    },
    parts: parts.map((part) => ({
      layers: part.layers,
      ...(part.graph === undefined ? {} : { graph: part.graph.name }),
      ...(part.head === undefined ? {} : { head: part.head.name }),
    })),
    files: [...new Map(files.map((file) => [file.path, file])).values()],
  }
  // The last file: a folder without it is not finished.
  await writeFile(join(folder, partManifestName), `${JSON.stringify(written, undefined, 2)}\n`)
  return { folder, manifest: written }
}

async function copyTokenizer(from: string, to: string): Promise<readonly PackedFile[]> {
  const there = new Set(await readdir(from))
  const copied = tokenizerFiles
    .filter((path) => there.has(path))
    .map(async (path) => {
      const bytes = await readFile(join(from, path))
      await writeFile(join(to, path), bytes)
      return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
    })
  return Promise.all(copied)
}

function countBytes(graphs: readonly NamedGraph[], onBytes: SplitModelOptions['onBytes']): (bytes: number) => void {
  const payloads = graphs.flatMap(({ graph }) => [...graph.graph.initializers.values()]).map(({ payload }) => payload)
  const lengths = payloads.map((payload) =>
    payload.kind === 'raw' && payload.length > inlineBytes ? payload.length : 0,
  )
  const total = lengths.reduce((sum, length) => sum + length, 0)
  let done = 0
  return (bytes) => {
    done += bytes
    onBytes?.(done, total)
  }
}

async function requireEmpty(folder: string): Promise<void> {
  const names = await readdir(folder).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return []
    throw new EdgewiseError('config-invalid', `${folder} cannot be used: ${thrown.message}`, { cause: thrown })
  })
  if (names.length === 0) return
  throw new EdgewiseError('config-invalid', `${folder} is not empty: name a new folder, or empty it`)
}

import { join, resolve } from 'node:path'
import type { EqualityRung, ModelComparison } from '../../engines/onnx/compare-models.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { SplitRecord } from '../../spec/part-manifest.ts'
import { wholeModel } from './model-layers.ts'
import { tellSide } from './model-split.ts'

/** What became of a check. */
export interface SplitCheck {
  /** Layers at the edge. */
  readonly at: number
  readonly shape: SplitRecord['shape']
  readonly comparison: ModelComparison
}

export interface VerifyOptions {
  /** The whole model, where it is not where it was split. */
  readonly whole?: string
  readonly state?: string
  readonly signal: AbortSignal
  /** Gets a line at a time, as soon as it is known. */
  readonly say: (line: string) => void
}

/** How a folder was split; undefined for a folder that `edgewise model split` did not write. */
export async function splitRecordOf(folder: string): Promise<SplitRecord | undefined> {
  const { readSplitRecord } = await import('../../partition/read-part-folder.ts')
  return readSplitRecord(folder)
}

/** Checks the files of both sides, then the parts against the whole model. Throws `model-invalid` when a file is not as it was written. */
export async function verifySplit(folder: string, record: SplitRecord, options: VerifyOptions): Promise<SplitCheck> {
  const { checkPartFiles, readPartManifest } = await import('../../partition/read-part-folder.ts')
  const { loadPartFolder } = await import('../../engines/onnx/load-part-folder.ts')
  const { chainParts } = await import('../../engines/onnx/chain-parts.ts')
  const { loadOnnxModel } = await import('../../engines/onnx/load-onnx-model.ts')
  const { compareModels } = await import('../../engines/onnx/compare-models.ts')
  const { whole = record.whole, signal, say, ...place } = options
  await using loaded = new AsyncDisposableStack()
  const { manifest } = await wholeModel(whole, { ...place, variant: record.variant })
  const parts = []
  for (const side of ['edge', 'cloud']) {
    const sideFolder = join(resolve(folder), side)
    const held = await readPartManifest(sideFolder)
    if (held === undefined)
      throw new EdgewiseError('model-invalid', `${sideFolder} holds no parts: split the model again`)
    await checkPartFiles(sideFolder, held, signal)
    say(`${tellSide(side, { folder: sideFolder, manifest: held })}: ${held.files.length} files as they were written`)
    for (const part of await loadPartFolder({ folder: sideFolder, manifest: held, threads: 1 }))
      parts.push(loaded.use(part))
  }
  const chain = chainParts(parts.toSorted((first, second) => first.layers.start - second.layers.start))
  const reference = loaded.use(await loadOnnxModel({ manifest, threads: 1 }))
  const comparison = await compareModels({ whole: reference, parts: chain, signal })
  say(tellComparison(comparison))
  return { at: record.at, shape: record.shape, comparison }
}

/** Cuts a model at every layer in both shapes, in memory, and compares each with the whole. A place without a cut is told, and no failure. */
export async function verifyEveryCut(
  name: string,
  { signal, say, ...place }: VerifyOptions,
): Promise<readonly SplitCheck[]> {
  const { chainParts } = await import('../../engines/onnx/chain-parts.ts')
  const { loadOnnxModel } = await import('../../engines/onnx/load-onnx-model.ts')
  const { loadOnnxPart } = await import('../../engines/onnx/load-onnx-part.ts')
  const { compareModels } = await import('../../engines/onnx/compare-models.ts')
  const { manifest } = await wholeModel(name, place)
  await using whole = await loadOnnxModel({ manifest, threads: 1 })
  const checks: SplitCheck[] = []
  for (let at = 1; at < manifest.layers; at++) {
    for (const shape of ['two-way', 'u-shape'] as const) {
      await using loaded = new AsyncDisposableStack()
      const { layers: end } = manifest
      const ranges = [{ start: 0, end: at }, { start: at, end }, ...(shape === 'u-shape' ? [{ start: end, end }] : [])]
      const parts = []
      for (const [index, layers] of ranges.entries()) {
        const head = index === ranges.length - 1
        parts.push(loaded.use(await loadOnnxPart({ manifest, layers, head, threads: 1 })))
      }
      const comparison = await compareModels({ whole, parts: chainParts(parts), signal })
      say(`cut at ${at}, ${shape}: ${tellComparison(comparison)}`)
      checks.push({ at, shape, comparison })
    }
  }
  return checks
}

const rungText: Readonly<Record<EqualityRung, string>> = {
  'bit-exact': 'the same bits',
  'same-tokens': 'the same greedy tokens, other bits',
  close: 'close, other greedy tokens',
  different: 'different',
}

/** One line about a comparison. */
export function tellComparison({ rung, rows, maxAbsDifference, greedyAgreement, meanKl }: ModelComparison): string {
  const shares = `same greedy token in ${(greedyAgreement * 100).toFixed(1)} % of ${rows} rows`
  return `${rungText[rung]}: max abs difference ${maxAbsDifference.toPrecision(3)}, ${shares}, mean KL ${meanKl.toPrecision(2)}`
}

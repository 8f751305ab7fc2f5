import { dataType, tensorBytes } from '../../partition/data-type.ts'
import { findCuts } from '../../partition/find-cuts.ts'
import { layerOfPast } from '../../partition/kv-names.ts'
import type { OnnxModel } from '../../partition/onnx-model.ts'
import { groupWeights, type WeightGroup } from '../../partition/weight-groups.ts'
import { asEdgewiseError } from '../../spec/errors.ts'
import type { ModelManifest } from '../../spec/model-manifest.ts'
import type { Session, SessionModel } from '../engine.ts'
import { cutParts } from './cut-parts.ts'
import { loadPartGraphs } from './load-part-graphs.ts'

/** One layer of a model. */
export interface LayerFacts {
  readonly layer: number
  readonly weightBytes: number
  readonly kvBytesPerToken: number
  /** Why the model cannot be cut below this layer; absent when it can, and for layer 0. */
  readonly noCut?: string
}

/** What a model consists of, from the graph alone. */
export interface ModelFacts {
  readonly layers: readonly LayerFacts[]
  readonly embeddingBytes: number
  readonly headBytes: number
  /** Weights that several of them need: tables of rotary angles, an embedding that is the LM head too. */
  readonly sharedBytes: number
}

/** Milliseconds that one token takes. */
export interface LayerTimes {
  /** By layer. */
  readonly layersMs: readonly number[]
  readonly headMs: number
}

/** Sizes of the layers of a model. Weights are not read. Throws `model-invalid` for a graph that is no decoder. */
export function readLayerFacts(model: OnnxModel, manifest: ModelManifest): ModelFacts {
  const cuts = findCuts(model)
  const groups = groupWeights(model, cuts)
  const bytes = new Map<WeightGroup, number>()
  for (const { name, dataType: type, dims } of model.graph.initializers.values()) {
    const group = groups.get(name) ?? 'shared'
    bytes.set(group, (bytes.get(group) ?? 0) + (tensorBytes(type, dims) ?? 0))
  }
  const half = model.graph.inputs.find(({ name }) => layerOfPast(name) !== undefined)?.dataType === dataType.float16
  const kvBytesPerToken = 2 * manifest.kvHeads * manifest.headDim * (half ? 2 : 4)
  const noCut = (layer: number): string | undefined => {
    if (layer === 0) return undefined
    try {
      cutParts(model, { manifest, layers: { start: layer, end: manifest.layers }, head: false, cuts })
      return undefined
    } catch (thrown) {
      return asEdgewiseError(thrown).message
    }
  }
  return {
    layers: Array.from({ length: manifest.layers }, (_, layer) => {
      const because = noCut(layer)
      const facts = { layer, weightBytes: bytes.get(layer) ?? 0, kvBytesPerToken }
      return because === undefined ? facts : { ...facts, noCut: because }
    }),
    embeddingBytes: bytes.get('embedding') ?? 0,
    headBytes: bytes.get('head') ?? 0,
    sharedBytes: bytes.get('shared') ?? 0,
  }
}

export interface MeasureLayersOptions {
  readonly model: OnnxModel
  readonly manifest: ModelManifest
  readonly threads: number
  readonly rounds: number
  /** Milliseconds from any start. */
  readonly monotonic: () => number
  readonly signal: AbortSignal
}

/** Time of one token in every layer and the head, each loaded by itself: the median of `rounds` rounds through all of them. Layer 0 looks up the embedding too. */
export async function measureLayers({
  model,
  manifest,
  threads,
  rounds,
  monotonic,
  signal,
}: MeasureLayersOptions): Promise<LayerTimes> {
  await using loaded = new AsyncDisposableStack()
  const cuts = findCuts(model)
  const steps: Session[] = []
  for (let layer = 0; layer <= manifest.layers; layer++) {
    signal.throwIfAborted()
    const isHead = layer === manifest.layers
    const layers = { start: layer, end: isHead ? layer : layer + 1 }
    const graphs = cutParts(model, { manifest, layers, head: isHead, cuts })
    const part: SessionModel = loaded.use(await loadPartGraphs({ manifest, layers, threads, ...graphs }))
    steps.push(part.openSession())
  }
  const hidden = { kind: 'hidden', data: new Float32Array(manifest.hiddenSize).fill(0.1), tokens: 1 } as const
  const times: number[][] = steps.map(() => [])
  for (let round = -2; round < rounds; round++) {
    for (const [index, session] of steps.entries()) {
      signal.throwIfAborted()
      const start = monotonic()
      await session.step(index === 0 ? { kind: 'tokens', ids: [1] } : hidden, 'last')
      // The first rounds touch the weights for the first time.
      if (round >= 0) times[index]?.push(monotonic() - start)
    }
  }
  const medians = times.map(median)
  return { layersMs: medians.slice(0, -1), headMs: medians.at(-1) ?? 0 }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((first, second) => first - second)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

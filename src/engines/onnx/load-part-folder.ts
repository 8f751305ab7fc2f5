import { join } from 'node:path'
import type { OnnxModel } from '../../partition/onnx-model.ts'
import { readOnnxModel } from '../../partition/read-onnx-model.ts'
import type { ModelManifest } from '../../spec/model-manifest.ts'
import type { PartManifest } from '../../spec/part-manifest.ts'
import type { SessionModel } from '../engine.ts'
import { loadPartGraphs } from './load-part-graphs.ts'

export interface LoadPartFolderOptions {
  /** A folder that `edgewise model split` wrote. */
  readonly folder: string
  readonly manifest: PartManifest
  /** Threads that one step may use. */
  readonly threads: number
}

/** Loads every part of a folder, in its order. Throws `model-invalid` when a graph is damaged or has other layers than the manifest says. */
export async function loadPartFolder({
  folder,
  manifest,
  threads,
}: LoadPartFolderOptions): Promise<readonly SessionModel[]> {
  const whole: ModelManifest = { ...manifest.model, folder, variants: [] }
  const graph = (name: string | undefined): OnnxModel | undefined =>
    name === undefined ? undefined : readOnnxModel(join(folder, name))
  const loaded: SessionModel[] = []
  try {
    for (const part of manifest.parts) {
      const [body, head] = [graph(part.graph), graph(part.head)]
      const graphs = { ...(body && { body }), ...(head && { head }) }
      loaded.push(await loadPartGraphs({ manifest: whole, layers: part.layers, threads, ...graphs }))
    }
  } catch (thrown) {
    for (const model of loaded) await model[Symbol.asyncDispose]()
    throw thrown
  }
  return loaded
}

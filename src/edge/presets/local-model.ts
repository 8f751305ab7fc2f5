import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type OnnxEngine, startOnnxEngine } from '../../engines/onnx/onnx-engine.ts'
import { readModelFolder } from '../../model-store/folder.ts'
import { modelsFolderOf } from '../../model-store/pulled-models.ts'
import { resolveModel } from '../../model-store/resolve-model.ts'
import type { Clock } from '../../spec/ports.ts'
import type { EdgeConfig } from '../config.ts'

/** The model that comes with the package. */
export const bundledEdgeModel = join(import.meta.dirname, '..', '..', '..', 'models', 'edgewise-edge')

export interface StartLocalModelOptions {
  readonly config: EdgeConfig
  /** Pulled models lie in its `models`. */
  readonly stateFolder: string
  readonly clock: Clock
}

/** The local model in its child process; from its folder alone, without any network. Throws `model-not-found` for one that was not pulled. */
export async function startLocalModel({ config, stateFolder, clock }: StartLocalModelOptions): Promise<OnnxEngine> {
  const { model = bundledEdgeModel, variant, threads = Math.max(1, availableParallelism() - 1), kvBudgetMiB } = config
  const folder = await resolveModel({ model, modelsFolder: modelsFolderOf(stateFolder) })
  const manifest = await readModelFolder({ folder, ...(variant === undefined ? {} : { variant }) })
  return startOnnxEngine({ manifest, threads, kvBudgetBytes: kvBudgetMiB * 2 ** 20, clock })
}

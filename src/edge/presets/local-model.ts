import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type OnnxEngine, startOnnxEngine } from '../../engines/onnx/onnx-engine.ts'
import { readModelFolder } from '../../model-store/folder.ts'
import type { Clock } from '../../spec/ports.ts'
import type { EdgeConfig } from '../config.ts'

/** The model that comes with the package. */
export const bundledEdgeModel = join(import.meta.dirname, '..', '..', '..', 'models', 'edgewise-edge')

/** The local model in its child process; from its folder alone, without any network. */
export async function startLocalModel({ config, clock }: { config: EdgeConfig; clock: Clock }): Promise<OnnxEngine> {
  const { model = bundledEdgeModel, variant, threads = Math.max(1, availableParallelism() - 1), kvBudgetMiB } = config
  const manifest = await readModelFolder({ folder: model, ...(variant === undefined ? {} : { variant }) })
  return startOnnxEngine({ manifest, threads, kvBudgetBytes: kvBudgetMiB * 2 ** 20, clock })
}

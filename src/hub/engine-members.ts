import { availableParallelism } from 'node:os'
import { startLlamaCppEngine } from '../engines/llama-cpp/llama-cpp-engine.ts'
import { startOnnxEngine } from '../engines/onnx/onnx-engine.ts'
import { readModelFolder } from '../model-store/folder.ts'
import { modelsFolderOf } from '../model-store/pulled-models.ts'
import { resolveModel } from '../model-store/resolve-model.ts'
import type { Clock } from '../spec/ports.ts'
import type { HubConfig } from './config.ts'
import type { PoolMember } from './pool.ts'

export interface EngineMembersOptions {
  /** Folders of models, .gguf files, or references of pulled ones. */
  readonly folders: readonly string[]
  /** Pulled models lie in its `models`. */
  readonly stateFolder: string
  readonly config: Pick<HubConfig, 'threads' | 'kvBudgetMiB'>
  readonly clock: Clock
}

/** Starts an engine of this machine for each folder, one after the other. On a failure those that run are stopped again. */
export async function engineMembers({
  folders,
  stateFolder,
  config,
  clock,
}: EngineMembersOptions): Promise<readonly PoolMember[]> {
  await using started = new AsyncDisposableStack()
  const { threads = Math.max(1, availableParallelism() - 1), kvBudgetMiB } = config
  const members: PoolMember[] = []
  for (const model of folders) {
    const path = await resolveModel({ model, modelsFolder: modelsFolderOf(stateFolder) })
    const common = { threads, kvBudgetBytes: kvBudgetMiB * 2 ** 20, clock }
    const isGguf = /\.gguf$/i.test(path)
    const engine = isGguf
      ? await startLlamaCppEngine({ path, ...common })
      : await startOnnxEngine({ manifest: await readModelFolder({ folder: path }), ...common })
    members.push({ name: `${isGguf ? 'llama-cpp' : 'onnx'}/${engine.model}`, generator: started.use(engine) })
  }
  started.move()
  return members
}

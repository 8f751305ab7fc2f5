import { availableParallelism } from 'node:os'
import { startOnnxEngine } from '../engines/onnx/onnx-engine.ts'
import { readModelFolder } from '../model-store/folder.ts'
import type { Clock } from '../spec/ports.ts'
import type { HubConfig } from './config.ts'
import type { PoolMember } from './pool.ts'

export interface EngineMembersOptions {
  /** Folders of models. */
  readonly folders: readonly string[]
  readonly config: Pick<HubConfig, 'threads' | 'kvBudgetMiB'>
  readonly clock: Clock
}

/** Starts an engine of this machine for each folder, one after the other. On a failure those that run are stopped again. */
export async function engineMembers({ folders, config, clock }: EngineMembersOptions): Promise<readonly PoolMember[]> {
  await using started = new AsyncDisposableStack()
  const { threads = Math.max(1, availableParallelism() - 1), kvBudgetMiB } = config
  const members: PoolMember[] = []
  for (const folder of folders) {
    const manifest = await readModelFolder({ folder })
    const engine = await startOnnxEngine({ manifest, threads, kvBudgetBytes: kvBudgetMiB * 2 ** 20, clock })
    members.push({ name: `onnx/${engine.model}`, generator: started.use(engine) })
  }
  started.move()
  return members
}

import { join } from 'node:path'
import type { EngineHostOptions } from '../../../src/engines/host/engine-host.ts'
import type { LoadOptions } from '../../../src/engines/host/protocol.ts'

/** Options for a host over `scripted-child.ts`, whose model has this folder. */
export function hostOptions(folder: string): Omit<EngineHostOptions, 'clock'> {
  const manifest = {
    id: 'scripted',
    folder,
    architecture: 'llama',
    layers: 1,
    hiddenSize: 8,
    kvHeads: 1,
    headDim: 8,
    vocabulary: 300,
    contextTokens: 100_000,
    eosTokenIds: [5],
    variants: [],
  }
  const load: LoadOptions = { manifest, model: 'scripted', threads: 1, kvBudgetBytes: 1 << 20 }
  return {
    load,
    main: join(import.meta.dirname, 'scripted-child.ts'),
    readable: [folder, join(import.meta.dirname, '..', '..')],
  }
}

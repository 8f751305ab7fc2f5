import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseModelReference } from '../../src/model-store/model-reference.ts'
import { type PullEvent, type PullModelOptions, pullModel } from '../../src/model-store/pull-model.ts'
import type { Clock } from '../../src/spec/ports.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { type ModelHub, type ModelHubOptions, startModelHub } from '../../src/testing/model-hub.ts'
import { writeTinyDecoder } from '../../src/testing/tiny-decoder/write-tiny-decoder.ts'

/** Every file below a folder, by path with `/`. */
export async function readTree(folder: string): Promise<Record<string, Buffer>> {
  const found: Record<string, Buffer> = {}
  for (const name of (await readdir(folder, { recursive: true })).toSorted()) {
    const path = join(folder, name)
    if ((await stat(path)).isFile()) found[name.replaceAll('\\', '/')] = await readFile(path)
  }
  return found
}

/** Files of a real, tiny model with a q4 and an fp32 variant, the first with external data. */
export async function tinyModelFiles(): Promise<Record<string, Buffer>> {
  const folder = await mkdtemp(join(tmpdir(), 'edgewise-tiny-'))
  try {
    await writeTinyDecoder({ folder, quantisation: 'q4', weights: 'external' })
    await writeTinyDecoder({ folder, quantisation: 'fp32' })
    return await readTree(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A clock that waits for nobody, and remembers for how long it should have. */
export function impatientClock(): { readonly clock: Clock; readonly waits: number[] } {
  const waits: number[] = []
  const { now, monotonic, after } = createFakeClock()
  const delay = async (ms: number, signal?: AbortSignal) => {
    signal?.throwIfAborted()
    waits.push(ms)
  }
  return { clock: { now, monotonic, delay, after }, waits }
}

export interface TestStore extends AsyncDisposable {
  readonly hub: ModelHub
  readonly stateFolder: string
  readonly modelsFolder: string
  readonly events: readonly PullEvent[]
  /** Milliseconds of the waits between attempts. */
  readonly waits: readonly number[]
  pull(reference: string, options?: Partial<PullModelOptions>): ReturnType<typeof pullModel>
}

/** A hub and an empty store beside it. */
export async function openTestStore(options: ModelHubOptions): Promise<TestStore> {
  const hub = await startModelHub(options)
  const stateFolder = await mkdtemp(join(tmpdir(), 'edgewise-store-'))
  const modelsFolder = join(stateFolder, 'models')
  const events: PullEvent[] = []
  const { clock, waits } = impatientClock()
  return {
    hub,
    stateFolder,
    modelsFolder,
    events,
    waits,
    pull: (reference, changes = {}) =>
      pullModel({
        reference: parseModelReference(reference),
        modelsFolder,
        hub: { endpoint: hub.endpoint },
        clock,
        random: () => 1,
        signal: new AbortController().signal,
        memoryBytes: 2 ** 34,
        freeDiskBytes: async () => 2 ** 40,
        onEvent: (event) => events.push(event),
        ...changes,
      }),
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]()
      await rm(stateFolder, { recursive: true, force: true })
    },
  }
}

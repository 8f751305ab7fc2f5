import { join } from 'node:path'
import { startOnnxEngine } from '../../engines/onnx/onnx-engine.ts'
import { readModelFolder } from '../../model-store/folder.ts'
import type { InferenceRequest } from '../../spec/request.ts'
import { systemClock } from '../../spec/system-clock.ts'
import type { BenchContext, Figure } from '../bench.ts'
import { residentMiB } from './resident-memory.ts'

const folder = join(import.meta.dirname, '..', '..', '..', 'models', 'edgewise-edge')

export interface MemoryGrowthOptions extends BenchContext {
  readonly threads: number
  /** Requests before the first look: caches fill, and code is compiled. */
  readonly warmUp?: number
  readonly requests?: number
}

/** How much the process of the bundled edge model grows while it answers short requests, each another one. */
export async function measureMemoryGrowth(options: MemoryGrowthOptions): Promise<readonly Figure[]> {
  const { say, threads, warmUp = 200, requests = 1000 } = options
  say(`edgewise-edge, ${warmUp + requests} short requests`)
  const manifest = await readModelFolder({ folder })
  await using engine = await startOnnxEngine({ manifest, threads, kvBudgetBytes: 2 ** 29, clock: systemClock })
  const never = new AbortController().signal
  async function answer(from: number, to: number): Promise<number> {
    for (let number = from; number < to; number++) {
      for await (const _ of engine.generate(requestOf(number), never));
    }
    return residentMiB(engine.pid)
  }
  const before = await answer(0, warmUp)
  const after = await answer(warmUp, warmUp + requests)
  return [
    { name: `RSS edgewise-edge after ${warmUp} requests`, value: before, unit: 'MiB' },
    { name: `RSS growth over ${requests} requests`, value: after - before, unit: 'MiB', goal: '<= 5' },
  ]
}

function requestOf(number: number): InferenceRequest {
  const content = `Question ${number}: how do I list ${7 * number} files of ${13 * number} bytes in folder ${number % 17}?`
  return {
    id: 'bench',
    model: 'edgewise-edge',
    messages: [{ role: 'user', content }],
    sampling: { temperature: 0.8, topK: 0, topP: 1 },
    stop: [],
    maxTokens: 12,
  }
}

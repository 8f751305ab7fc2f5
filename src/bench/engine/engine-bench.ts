import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { Bench } from '../bench.ts'
import { measureBundledPair } from './bundled-pair.ts'
import { decoderSizes } from './decoder-sizes.ts'
import { measureLlama } from './llama-beside-bare.ts'
import { measureMemoryGrowth } from './memory-growth.ts'
import { measureRandomDecoder } from './random-decoder.ts'

const oneLess = Math.max(1, availableParallelism() - 1)
const settings = z.object({
  EDGEWISE_BENCH_ROUNDS: z.coerce.number().int().min(1).default(5),
  EDGEWISE_BENCH_SIZE: z.enum(['135m', '0.5b']).default('135m'),
  EDGEWISE_BENCH_THREADS: z.coerce.number().int().min(1).default(oneLess),
})

/** How fast the engine answers, beside onnxruntime without it and beside the memory of the machine. */
export const engineBench: Bench = {
  name: 'engine',
  summary:
    'decode and prefill tokens/s, first token and memory of the local engine, beside bare onnxruntime and bare node-llama-cpp',
  async run({ say }) {
    const {
      EDGEWISE_BENCH_ROUNDS: rounds,
      EDGEWISE_BENCH_SIZE: size,
      EDGEWISE_BENCH_THREADS: threads,
    } = settings.parse(process.env)
    const scratch = await mkdtemp(join(tmpdir(), 'edgewise-bench-'))
    const options = { say, rounds, threads, scratch }
    try {
      return [
        { name: 'threads', value: threads, unit: '' },
        ...(await measureRandomDecoder({ ...options, size, shape: decoderSizes[size] })),
        ...(await measureBundledPair(options)),
        ...(await measureLlama(options)),
        ...(await measureMemoryGrowth({ say, threads })),
      ]
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
  },
}

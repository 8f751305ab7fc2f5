import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { writeTinyDecoder } from '../../testing/tiny-decoder/write-tiny-decoder.ts'
import type { Bench } from '../bench.ts'
import { decoderSizes } from '../engine/decoder-sizes.ts'
import { endlessCopy } from '../engine/endless-copy.ts'
import { measureConstrainedSpeed } from './constrained-speed.ts'

const bundled = join(import.meta.dirname, '..', '..', '..', 'models', 'edgewise-cloud')
const settings = z.object({
  EDGEWISE_BENCH_ROUNDS: z.coerce.number().int().min(1).default(5),
  EDGEWISE_BENCH_THREADS: z.coerce
    .number()
    .int()
    .min(1)
    .default(Math.max(1, availableParallelism() - 1)),
})

/** What it costs to hold an answer to a JSON schema, per token. */
export const grammarBench: Bench = {
  name: 'grammar',
  summary: 'ms per token of answers under a JSON schema, beside free text of the same model',
  async run({ say }) {
    const { EDGEWISE_BENCH_ROUNDS: rounds, EDGEWISE_BENCH_THREADS: threads } = settings.parse(process.env)
    const scratch = await mkdtemp(join(tmpdir(), 'edgewise-bench-'))
    try {
      const cloud = await endlessCopy(bundled, join(scratch, 'edgewise-cloud'))
      say('writing a decoder of the size 135m')
      const random = await writeTinyDecoder({
        ...decoderSizes['135m'],
        folder: join(scratch, '135m'),
        weights: 'external',
      })
      const common = { say, threads, rounds }
      return [
        { name: 'threads', value: threads, unit: '' },
        ...(await measureConstrainedSpeed({
          ...common,
          manifest: cloud,
          label: 'edgewise-cloud',
          tokens: 128,
          turns: 12,
        })),
        ...(await measureConstrainedSpeed({
          ...common,
          manifest: { ...random, eosTokenIds: [] },
          label: '135m',
          tokens: 64,
          turns: 2,
        })),
      ]
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
  },
}

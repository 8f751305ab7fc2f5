import { join } from 'node:path'
import type { TinyShape } from '../../testing/tiny-decoder/tiny-shape.ts'
import { writeTinyDecoder } from '../../testing/tiny-decoder/write-tiny-decoder.ts'
import type { BenchContext, Figure } from '../bench.ts'
import { median } from '../statistics.ts'
import { bandwidthFigures, decodeFigures, prefillFigures } from './engine-figures.ts'
import { measureModel } from './measure-model.ts'
import { promptMaker } from './prompt-maker.ts'
import { openReadMeter } from './read-bandwidth.ts'
import { weightBytesPerToken } from './weight-bytes.ts'

export interface RandomDecoderOptions extends BenchContext {
  readonly rounds: number
  readonly threads: number
  /** Folder for its files. */
  readonly scratch: string
  /** How the figures call it. */
  readonly size: string
  readonly shape: TinyShape
  /** Tokens of each prompt. */
  readonly promptLengths?: readonly [number, ...number[]]
  /** Tokens generated behind each prompt. */
  readonly tokens?: number
}

/** Writes a decoder of this shape with random weights and measures it: all figures, with the goals on overhead. */
export async function measureRandomDecoder({
  promptLengths = [128, 512],
  tokens = 64,
  ...options
}: RandomDecoderOptions): Promise<readonly Figure[]> {
  const { say, rounds, threads, scratch, size, shape } = options
  say(`writing a decoder of the size ${size}`)
  const folder = join(scratch, size)
  const manifest = await writeTinyDecoder({ ...shape, folder, weights: 'external' })
  const prompts = await promptMaker(folder)
  await using meter = await openReadMeter(threads)
  const bytesPerSecond: number[] = []
  const { scenarios, rssMiB } = await measureModel({
    ...options,
    manifest,
    scenarios: promptLengths.map((length) => ({ prompt: prompts.ofLength(length), tokens })),
    async beforeRound(round) {
      say(`${size}, round ${round} of ${rounds}`)
      bytesPerSecond.push(await meter.measure())
    },
  })
  const weightBytes = weightBytesPerToken(join(folder, manifest.variants[0]?.path ?? ''))
  return [
    ...scenarios.flatMap((runs) =>
      decodeFigures(runs, { label: `${size} after ${runs.prompt.ids.length} tokens`, isGoal: true }),
    ),
    ...scenarios.slice(0, 1).flatMap((runs) => bandwidthFigures({ bytesPerSecond, weightBytes, runs })),
    ...scenarios.flatMap(prefillFigures),
    { name: `RSS edgewise, ${size}`, value: median(rssMiB.edgewise), unit: 'MiB' },
    { name: `RSS bare, ${size}`, value: median(rssMiB.bare), unit: 'MiB' },
  ]
}

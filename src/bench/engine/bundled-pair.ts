import { join } from 'node:path'
import type { BenchContext, Figure } from '../bench.ts'
import { endlessCopy } from './endless-copy.ts'
import { decodeFigures } from './engine-figures.ts'
import { measureModel } from './measure-model.ts'
import { promptMaker } from './prompt-maker.ts'

const models = join(import.meta.dirname, '..', '..', '..', 'models')
const names = ['edgewise-edge', 'edgewise-cloud']
const question = 'How do I list all files in a folder, with their sizes?'

export interface BundledPairOptions extends BenchContext {
  readonly rounds: number
  readonly threads: number
  /** Folder for copies that no token ends. */
  readonly scratch: string
  /** Tokens generated behind the question. */
  readonly tokens?: number
}

/** Decoding with the bundled models, whose steps are so short that all that surrounds them shows: no goals. */
export async function measureBundledPair({
  say,
  rounds,
  threads,
  scratch,
  tokens = 256,
}: BundledPairOptions): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const name of names) {
    const manifest = await endlessCopy(join(models, name), join(scratch, name))
    const prompts = await promptMaker(manifest.folder)
    const { scenarios } = await measureModel({
      manifest,
      rounds,
      threads,
      scratch,
      scenarios: [{ prompt: prompts.of(question), tokens }],
      beforeRound: async (round) => say(`${name}, round ${round} of ${rounds}`),
    })
    figures.push(...scenarios.flatMap((runs) => decodeFigures(runs, { label: name, isGoal: false })))
  }
  return figures
}

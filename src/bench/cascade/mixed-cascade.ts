import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { calibratedModel } from '../../edge/presets/model-digest.ts'
import { createSeededRandom } from '../../engines/generation/seeded-random.ts'
import { routedExamples } from '../../evaluation/routed-examples.ts'
import { readModelFolder } from '../../model-store/folder.ts'
import { meanTokenProbability } from '../../routers/baselines.ts'
import { checkCalibratedFor, createDraftJudge, parseCalibration } from '../../routers/calibration.ts'
import { beginningOf } from '../../routers/draft.ts'
import type { BenchContext, Figure } from '../bench.ts'
import { answersOf, models } from './bundled-cascade.ts'
import { type JudgedRow, type MixedEffect, mixedEffect, thresholdFor } from './mixed-effect.ts'
import { mixedTasks } from './mixed-tasks.ts'

/** What the demo asks of a model that it has no calibration for. */
const plainThreshold = 0.9
const seed = 7

/** The bundled calibration on all skills of the bundled pair in equal parts, on rows that it was not made from. */
export async function measureMixedCascade({ say }: BenchContext): Promise<readonly Figure[]> {
  const tasks = mixedTasks()?.heldOut
  if (tasks === undefined) {
    say('skipped: the bundled calibration, because its data are not beside the checkout (set EDGEWISE_DATA)')
    return []
  }
  const judge = await bundledJudge()
  const local = await answersOf('edgewise-edge', tasks, say)
  const cloud = await answersOf('edgewise-cloud', tasks, say)
  const examples = routedExamples(local, cloud).map((example, index) => {
    return { ...example, skill: tasks[index]?.task ?? '', draft: beginningOf(example.draft, judge.decideAfterTokens) }
  })
  const calibrated = examples.map((row): JudgedRow => ({ ...row, confidence: judge.confidence(row.draft) }))
  const plain = examples.map((row): JudgedRow => ({ ...row, confidence: meanTokenProbability(row.draft.tokens ?? []) }))
  const effectOf = (rows: readonly JudgedRow[], threshold: number) =>
    mixedEffect(rows, threshold, createSeededRandom(seed))
  const chosen = effectOf(calibrated, judge.threshold)
  return [
    { name: 'all skills: to the cloud model', value: 100 * chosen.toCloud, unit: 'points', goal: '>= -0.5' },
    { name: 'all skills: answered locally', value: 100 * chosen.localShare, unit: '%', goal: '>= 60' },
    ...figuresOf('calibrated', chosen),
    ...figuresOf(`mean token probability of ${plainThreshold}`, effectOf(plain, plainThreshold)),
    ...figuresOf('that, as much locally', effectOf(plain, thresholdFor(plain, chosen.localShare))),
    ...figuresOf('edge model alone', effectOf(plain, 0)),
    ...figuresOf('cloud model alone', effectOf(plain, Number.POSITIVE_INFINITY)),
  ]
}

/** Throws `config-invalid` when the bundled calibration was made for other weights than lie beside it. */
async function bundledJudge() {
  const folder = join(models, 'edgewise-edge')
  const path = join(folder, 'calibration.json')
  const calibration = parseCalibration(readFileSync(path, 'utf8'), path)
  checkCalibratedFor(calibration, await calibratedModel(await readModelFolder({ folder })))
  return createDraftJudge(calibration)
}

function figuresOf(way: string, { toCloudInterval, bySkill, ...all }: MixedEffect): readonly Figure[] {
  const percent = (name: string, value: number, unit = '%') => ({ name: `  ${way}: ${name}`, value: 100 * value, unit })
  const skills = [...bySkill]
  const qualities = [
    percent('quality', all.quality),
    ...skills.map(([skill, { quality }]) => percent(`${skill}, quality`, quality)),
  ]
  // The share of one model alone says nothing.
  if (all.localShare === 0 || all.localShare === 1) return qualities
  return [
    percent('local', all.localShare),
    ...skills.map(([skill, { localShare }]) => percent(`${skill}, local`, localShare)),
    ...qualities,
    percent('to the cloud model, 95 % from', toCloudInterval.low, 'points'),
    percent('to the cloud model, 95 % to', toCloudInterval.high, 'points'),
  ]
}

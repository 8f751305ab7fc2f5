import { createSeededRandom } from '../../engines/generation/seeded-random.ts'
import { routedExamples } from '../../evaluation/routed-examples.ts'
import type { Task } from '../../evaluation/task.ts'
import { meanTokenProbability } from '../../routers/baselines.ts'
import { calibrateCascade } from '../../routers/calibrate.ts'
import { beginningOf } from '../../routers/draft.ts'
import type { RoutedExample } from '../../routers/fit-router.ts'
import { createRouter, type Router } from '../../routers/router.ts'
import type { BenchContext, Figure } from '../bench.ts'
import { answersOf } from './bundled-cascade.ts'
import { bundledJudge } from './bundled-judge.ts'
import { type JudgedRow, type MixedEffect, mixedEffect, mixedGain, thresholdFor } from './mixed-effect.ts'
import { calibrationRows, mixedTasks } from './mixed-tasks.ts'

interface SkillExample extends RoutedExample {
  readonly skill: string
}

/** What the demo asks of a model that it has no calibration for. */
const plainThreshold = 0.9
const decideAfterTokens = 24
const seed = 7

/** The bundled calibration on all skills of the bundled pair in equal parts, on rows that it was not made from. */
export async function measureMixedCascade({ say }: BenchContext): Promise<readonly Figure[]> {
  const tasks = mixedTasks()
  if (tasks === undefined) {
    say('skipped: the bundled calibration, because its data are not beside the checkout (set EDGEWISE_DATA)')
    return []
  }
  const judge = await bundledJudge()
  const heldOut = await examplesOf(tasks.heldOut, say)
  const bundled = { rows: judged(heldOut, judge.confidence), threshold: judge.threshold }
  const plain = judged(heldOut, ({ tokens = [] }) => meanTokenProbability(tokens))
  const chosen = effectOf(bundled.rows, judge.threshold)
  const sameShare = thresholdFor(plain, chosen.localShare)
  const gain = mixedGain(bundled, { rows: plain, threshold: sameShare }, createSeededRandom(seed))
  const exchanged = exchangedEffect(heldOut, await examplesOf(tasks.calibration, say))
  return [
    { name: 'all skills: to the cloud model', value: 100 * chosen.toCloud, unit: 'points', goal: '>= -0.5' },
    { name: 'all skills: answered locally', value: 100 * chosen.localShare, unit: '%', goal: '>= 60' },
    ...figuresOf('calibrated', chosen),
    ...figuresOf(`mean token probability of ${plainThreshold}`, effectOf(plain, plainThreshold)),
    ...figuresOf('that, as much locally', effectOf(plain, sameShare)),
    { name: '  calibrated over that', value: 100 * gain.quality, unit: 'points' },
    { name: '  calibrated over that, 95 % from', value: 100 * gain.interval.low, unit: 'points' },
    { name: '  calibrated over that, 95 % to', value: 100 * gain.interval.high, unit: 'points' },
    ...figuresOf('edge model alone', effectOf(plain, 0)),
    ...figuresOf('cloud model alone', effectOf(plain, Number.POSITIVE_INFINITY)),
    { name: '  halves exchanged: to the cloud model', value: 100 * exchanged.toCloud, unit: 'points' },
    { name: '  halves exchanged: answered locally', value: 100 * exchanged.localShare, unit: '%' },
  ]
}

async function examplesOf(tasks: readonly Task[], say: BenchContext['say']): Promise<readonly SkillExample[]> {
  const local = await answersOf('edgewise-edge', tasks, say)
  const cloud = await answersOf('edgewise-cloud', tasks, say)
  return routedExamples(local, cloud).map((example, index) => {
    return { ...example, skill: tasks[index]?.task ?? '', draft: beginningOf(example.draft, decideAfterTokens) }
  })
}

/** What the same way of calibrating does with the rows to measure and the rows to make it from exchanged: is the one lucky? */
function exchangedEffect(rows: readonly SkillExample[], heldOut: readonly SkillExample[]): MixedEffect {
  const bySkill = Map.groupBy(rows, ({ skill }) => skill).values()
  const examples = bySkill.toArray().flatMap((own) => own.slice(0, calibrationRows))
  const random = createSeededRandom(1)
  const { router, effect } = calibrateCascade({ examples, decideAfterTokens, wish: { within: 0 }, random })
  return effectOf(judged(heldOut, createRouter(router).confidence), effect.threshold)
}

function judged(examples: readonly SkillExample[], confidence: Router['confidence']): readonly JudgedRow[] {
  return examples.map(({ draft, ...row }) => {
    return { ...row, confidence: confidence(draft) }
  })
}

function effectOf(rows: readonly JudgedRow[], threshold: number): MixedEffect {
  return mixedEffect(rows, threshold, createSeededRandom(seed))
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

import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { createSeededRandom } from '../../engines/generation/seeded-random.ts'
import { startOnnxEngine } from '../../engines/onnx/onnx-engine.ts'
import type { Answer } from '../../evaluation/answer.ts'
import { answerTasks } from '../../evaluation/answer-tasks.ts'
import { routedExamples } from '../../evaluation/routed-examples.ts'
import type { Task } from '../../evaluation/task.ts'
import { readModelFolder } from '../../model-store/folder.ts'
import { baselines } from '../../routers/baselines.ts'
import { beginningOf } from '../../routers/draft.ts'
import { type RoutedExample, shuffled } from '../../routers/fit-router.ts'
import { qualityAt } from '../../routers/routing-curve.ts'
import { systemClock } from '../../spec/system-clock.ts'
import type { BenchContext, Figure } from '../bench.ts'
import { intentTasks, slotTasks } from './bundled-tasks.ts'
import { heldOutEffect } from './held-out-effect.ts'

/** Where the bundled pair lies. */
export const models = join(import.meta.dirname, '..', '..', '..', 'models')
/** Drawn from the validation parts, so that the run stays within minutes. */
const rowsPerSkill = 1500
/** The default of an edge. */
const decideAfterTokens = 24

/** The bundled pair on two skills: calibrated on some validation rows, measured on others. */
export async function measureBundledCascade({ say }: BenchContext): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const [skill, tasks] of [
    ['intent', intentTasks()],
    ['slots', slotTasks()],
  ] as const) {
    if (tasks === undefined) {
      say(`skipped: the bundled pair on ${skill}, because its data are not beside the checkout (set EDGEWISE_DATA)`)
      continue
    }
    const chosen = shuffled(tasks, createSeededRandom(20261122)).slice(0, rowsPerSkill)
    const local = await answersOf('edgewise-edge', chosen, say)
    const cloud = await answersOf('edgewise-cloud', chosen, say)
    figures.push(...skillFigures(skill, routedExamples(local, cloud)))
  }
  return figures
}

/** A bundled model's greedy answers to the tasks. Throws when one cannot be answered. */
export async function answersOf(
  name: string,
  tasks: readonly Task[],
  say: BenchContext['say'],
): Promise<readonly Answer[]> {
  await using generator = await startOnnxEngine({
    manifest: await readModelFolder({ folder: join(models, name) }),
    threads: Math.max(1, availableParallelism() - 1),
    kvBudgetBytes: 2 ** 28,
    clock: systemClock,
  })
  say(`${name}: ${tasks.length} tasks, ${[...new Set(tasks.map(({ task }) => task))].join(', ')}`)
  const { signal } = new AbortController()
  const answers = await Array.fromAsync(answerTasks({ generator, tasks, clock: systemClock, signal, maxTokens: 96 }))
  const failed = answers.find(({ error }) => error !== undefined)
  if (failed !== undefined) throw new Error(`${name} could not answer ${failed.id}: ${failed.error}`)
  return answers
}

function skillFigures(skill: string, whole: readonly RoutedExample[]): readonly Figure[] {
  const examples = whole.map((example) => ({ ...example, draft: beginningOf(example.draft, decideAfterTokens) }))
  const effect = heldOutEffect({ examples, wish: { within: 0 }, random: createSeededRandom(7) })
  const { low, high } = effect.toCloudInterval
  const escalated = 1 - effect.localShare
  return [
    { name: `${skill}: to the cloud model`, value: 100 * effect.toCloud, unit: 'points', goal: '>= -0.5' },
    { name: `${skill}: answered locally`, value: 100 * effect.localShare, unit: '%', goal: '>= 60' },
    { name: '  to the cloud model, 95 % from', value: 100 * low, unit: 'points' },
    { name: '  to the cloud model, 95 % to', value: 100 * high, unit: 'points' },
    { name: '  edge model alone is right in', value: 100 * effect.localQuality, unit: '%' },
    { name: '  cloud model alone is right in', value: 100 * effect.cloudQuality, unit: '%' },
    ...baselines(examples).map((line) => ({
      name: `  ${line.name}, as much locally: to the cloud model`,
      value: 100 * (qualityAt(line.curve, escalated) - effect.cloudQuality),
      unit: 'points',
    })),
  ]
}

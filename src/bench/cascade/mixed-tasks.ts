import { createSeededRandom } from '../../engines/generation/seeded-random.ts'
import type { ScorerName } from '../../evaluation/scorers/scorers.ts'
import type { Task } from '../../evaluation/task.ts'
import { shuffled } from '../../routers/fit-router.ts'
import { intentTasks, slotTasks } from './bundled-tasks.ts'
import { questionTasks } from './question-tasks.ts'
import { chineseShellTasks, englishShellTasks } from './shell-tasks.ts'
import { isHeldOut, type ValidationTask } from './validation-tasks.ts'
import { workOrderTasks } from './work-order-tasks.ts'

/** All skills of the bundled pair in two halves without a topic in common, both of rows that neither model was trained on. */
export interface MixedTasks {
  /** What the bundled calibration is made from: at most `calibrationRows` a skill, so that no skill decides alone. */
  readonly calibration: readonly Task[]
  /** What it is measured on: at most 450 a skill. */
  readonly heldOut: readonly Task[]
}

const skills: readonly { readonly read: () => readonly ValidationTask[] | undefined; readonly score: ScorerName }[] = [
  { read: intentTasks, score: 'exact' },
  { read: slotTasks, score: 'json-field-f1' },
  { read: workOrderTasks, score: 'json-field-f1' },
  { read: englishShellTasks, score: 'word-f1' },
  { read: chineseShellTasks, score: 'word-f1' },
  { read: questionTasks, score: 'word-f1' },
]

export const calibrationRows = 225
const seed = 20261122
/** Longer than any right answer. */
const maxTokens = 160

/** Undefined when a data set is not beside the checkout. Always the same rows. */
export function mixedTasks(): MixedTasks | undefined {
  const bySkill = skills.map(({ read, score }) => read()?.map((task) => ({ ...task, score, maxTokens })))
  if (bySkill.some((tasks) => tasks === undefined)) return undefined
  const halfOf = (isForCalibration: boolean, most: number) =>
    bySkill.flatMap((tasks = []) => {
      const own = shuffled(tasks, createSeededRandom(seed))
      return own.filter(({ topic }) => isHeldOut(`calibrate ${topic}`, 50) === isForCalibration).slice(0, most)
    })
  return { calibration: halfOf(true, calibrationRows), heldOut: halfOf(false, 450) }
}

import type { Generator } from '../../engines/engine.ts'
import type { Answer } from '../../evaluation/answer.ts'
import { answerTasks } from '../../evaluation/answer-tasks.ts'
import type { Task } from '../../evaluation/task.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import { systemClock } from '../../spec/system-clock.ts'

export interface AnswerAllOptions {
  readonly generator: Generator
  readonly tasks: readonly Task[]
  readonly maxTokens: number
  readonly signal: AbortSignal
  /** Written to now and then while it takes long. */
  readonly progress: (text: string) => void
}

const tellEveryMs = 2000
/** A model that fails at the first so many tasks will fail at all of them. */
const hopelessAfter = 5

/** Puts all tasks to a model. Throws when every one of the first tasks failed, with what the last one said. */
export async function answerAll({
  generator,
  tasks,
  maxTokens,
  signal,
  progress,
}: AnswerAllOptions): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  let toldAt = systemClock.monotonic()
  for await (const answer of answerTasks({ generator, tasks, clock: systemClock, signal, maxTokens })) {
    answers.push(answer)
    if (answers.length === Math.min(hopelessAfter, tasks.length) && answers.every(({ error }) => error !== undefined)) {
      throw new EdgewiseError(
        'engine-unavailable',
        `${generator.model} answers no task. The last one said ${answer.error}`,
      )
    }
    if (systemClock.monotonic() - toldAt < tellEveryMs) continue
    toldAt = systemClock.monotonic()
    progress(`${generator.model}: ${answers.length} of ${tasks.length} tasks\n`)
  }
  return answers
}

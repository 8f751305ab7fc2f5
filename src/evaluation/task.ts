import { z } from 'zod'
import type { Message } from '../spec/request.ts'
import { everyTask } from './answer.ts'
import { readJsonLines } from './json-lines.ts'
import type { Expectation } from './scorers/scorer.ts'
import { type ScorerName, scorerNames, scorers } from './scorers/scorers.ts'

/** One question of somebody's own test, with what is right. */
export interface Task extends Expectation {
  readonly id: string
  /** Kind of question; figures are given for each. */
  readonly task: string
  readonly messages: readonly Message[]
  readonly score: ScorerName
  readonly maxTokens?: number
}

const message = z.object({ role: z.enum(['system', 'developer', 'user', 'assistant']), content: z.string() })

const line = z
  .strictObject({
    id: z.union([z.string(), z.number()]).optional(),
    task: z.string().default(everyTask),
    prompt: z.string().optional(),
    messages: z.array(message).min(1).optional(),
    expect: z.unknown().optional(),
    score: z.enum(scorerNames as [ScorerName, ...ScorerName[]]).default('exact'),
    choices: z.array(z.string().min(1)).min(2).optional(),
    tolerance: z.number().min(0).optional(),
    max_tokens: z.int().min(1).optional(),
  })
  .refine(({ prompt, messages }) => (prompt === undefined) !== (messages === undefined), {
    error: 'is missing, or there are messages too: give one of the two',
    path: ['prompt'],
  })
  .superRefine((row, { addIssue }) => {
    const because = scorers[row.score].refuses(expectationOf(row))
    if (because !== undefined)
      addIssue({ code: 'custom', message: `is not fit for score ${row.score}: ${because}`, path: ['expect'] })
  })

/**
 * Reads tasks from JSON lines: `prompt` or `messages`, `expect`, and where wanted `score`, `id`, `task`, `choices`, `tolerance`,
 * `max_tokens`. A task without an id is named after its line's place. Throws `config-invalid` with the line's number.
 */
export function readTasks(text: string, file: string): readonly Task[] {
  return readJsonLines({ text, file, schema: line }).map((row, index) => ({
    ...expectationOf(row),
    id: String(row.id ?? index + 1),
    task: row.task,
    score: row.score,
    messages: row.messages ?? [{ role: 'user', content: row.prompt ?? '' }],
    ...(row.max_tokens === undefined ? {} : { maxTokens: row.max_tokens }),
  }))
}

function expectationOf({ expect, choices, tolerance }: Pick<z.infer<typeof line>, 'expect' | 'choices' | 'tolerance'>) {
  return {
    expect: Array.isArray(expect) ? expect : [expect],
    ...(choices === undefined ? {} : { choices }),
    ...(tolerance === undefined ? {} : { tolerance }),
  }
}

/** The score of an answer to this task, 0..1. */
export function scoreAnswer(task: Pick<Task, 'score' | keyof Expectation>, answer: string): number {
  return scorers[task.score].score(answer, task)
}

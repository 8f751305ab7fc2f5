import { z } from 'zod'
import { readJsonLines } from './json-lines.ts'

/** The kind of a task that names none; so the figures of all tasks together are called. */
export const everyTask = 'all'

/** One answer of one model, as it is recorded: enough to score and to calibrate with later, without the model. Holds content. */
export const answerSchema = z.object({
  id: z.coerce.string().optional(),
  task: z.string().default(everyTask),
  prompt: z.string().optional(),
  answer: z.string().optional(),
  /** 0..1; absent: it is scored when it is held against the tasks. */
  score: z.number().min(0).max(1).optional(),
  /** Tokens with log-probability and that of the best other one. */
  tokens: z.array(z.object({ token: z.string(), logprob: z.number(), runnerUp: z.number().optional() })).optional(),
  promptTokens: z.int().min(0).optional(),
  completionTokens: z.int().min(0).optional(),
  firstTokenMs: z.number().min(0).optional(),
  /** Tokens written, over the time of the whole answer. */
  tokensPerSecond: z.number().min(0).optional(),
  /** Why there is no answer. */
  error: z.string().optional(),
})
export type Answer = z.infer<typeof answerSchema>

/** Reads recorded answers from JSON lines. Throws `config-invalid` with the line's number. */
export function readAnswers(text: string, file: string): readonly Answer[] {
  return readJsonLines({ text, file, schema: answerSchema })
}

/** Recorded answers as JSON lines. */
export function writeAnswers(answers: readonly Answer[]): string {
  return answers.map((answer) => `${JSON.stringify(answer)}\n`).join('')
}

import type { Generator } from '../engines/engine.ts'
import { draftToken } from '../routers/draft.ts'
import { promptText } from '../routers/prompt-text.ts'
import { asEdgewiseError } from '../spec/errors.ts'
import type { Clock } from '../spec/ports.ts'
import type { InferenceRequest } from '../spec/request.ts'
import type { StreamPart, TokenLogprob } from '../spec/stream-part.ts'
import type { Answer } from './answer.ts'
import { scoreAnswer, type Task } from './task.ts'

export interface AnswerTasksOptions {
  readonly generator: Generator
  readonly tasks: readonly Task[]
  readonly clock: Clock
  readonly signal: AbortSignal
  /** For tasks that do not say. */
  readonly maxTokens: number
}

/**
 * Asks a model the tasks, one after the other and greedily, and scores what it says. A task that fails is an answer with an error and
 * score 0; only an abort ends the run.
 */
export async function* answerTasks({
  generator,
  tasks,
  clock,
  signal,
  maxTokens,
}: AnswerTasksOptions): AsyncGenerator<Answer> {
  const wantsLogprobs = generator.capabilities.has('logprobs')
  for (const task of tasks) {
    const request: InferenceRequest = {
      id: `eval-${task.id}`,
      model: generator.model,
      messages: task.messages,
      sampling: { temperature: 0, topP: 1, topK: 0 },
      stop: [],
      maxTokens: task.maxTokens ?? maxTokens,
      ...(wantsLogprobs ? { topLogprobs: 2 } : {}),
    }
    const asked = { id: task.id, task: task.task, prompt: promptText(task.messages) }
    try {
      const heard = await listen(generator.generate(request, signal), clock)
      yield { ...asked, ...heard, score: scoreAnswer(task, heard.answer) }
    } catch (thrown) {
      const error = asEdgewiseError(thrown)
      if (signal.aborted) throw error
      yield { ...asked, score: 0, error: `${error.code}: ${error.message}` }
    }
  }
}

async function listen(parts: AsyncIterable<StreamPart>, clock: Clock) {
  const start = clock.monotonic()
  let firstTokenMs: number | undefined
  let answer = ''
  const logprobs: TokenLogprob[] = []
  let usage = { promptTokens: 0, completionTokens: 0 }
  for await (const part of parts) {
    if (part.type === 'finish') usage = part.usage
    if (part.type !== 'text-delta') continue
    firstTokenMs ??= clock.monotonic() - start
    answer += part.text
    logprobs.push(...(part.logprobs ?? []))
  }
  const seconds = (clock.monotonic() - start) / 1000
  const { promptTokens, completionTokens } = usage
  return {
    answer,
    promptTokens,
    completionTokens,
    ...(logprobs.length === 0 ? {} : { tokens: logprobs.map(draftToken) }),
    ...(firstTokenMs === undefined ? {} : { firstTokenMs }),
    // Over the whole answer: tokens arrive in groups, so the time from the first one says little.
    ...(seconds > 0 && completionTokens > 0 ? { tokensPerSecond: completionTokens / seconds } : {}),
  }
}

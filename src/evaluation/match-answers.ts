import { promptText } from '../routers/prompt-text.ts'
import { EdgewiseError } from '../spec/errors.ts'
import type { Answer } from './answer.ts'
import { scoreAnswer, type Task } from './task.ts'

/**
 * Recorded answers to these tasks, in their order, by id or else by the text of the last user message, scored anew. Throws
 * `not-found` when a task has no recorded answer.
 */
export function matchAnswers(tasks: readonly Task[], recorded: readonly Answer[], file: string): readonly Answer[] {
  const byId = new Map(recorded.map((answer) => [answer.id, answer] as const))
  const byPrompt = new Map(recorded.map((answer) => [answer.prompt, answer] as const))
  return tasks.map((task) => {
    const prompt = promptText(task.messages)
    const found = byId.get(task.id) ?? byPrompt.get(prompt)
    if (found === undefined) {
      throw new EdgewiseError('not-found', `${file} has no answer to task ${task.id}, by id or by prompt.`)
    }
    const score = found.answer === undefined ? found.score : scoreAnswer(task, found.answer)
    return { ...found, id: task.id, task: task.task, prompt, ...(score === undefined ? {} : { score }) }
  })
}

import { EdgewiseError } from '../../spec/errors.ts'
import type { Answer } from '../answer.ts'
import { readCommaSeparated } from './comma-separated.ts'

export interface RouteLlmRecording {
  readonly weakModel: string
  readonly strongModel: string
  readonly weak: readonly Answer[]
  readonly strong: readonly Answer[]
}

/**
 * Outcomes from a response file of RouteLLM's MMLU set (github.com/lm-sys/RouteLLM, routellm/evals/mmlu/responses): a prompt, and
 * whether the weak and the strong model answered it rightly. There is no text of an answer in it. Throws `config-invalid`.
 */
export function readRouteLlm(text: string, file: string): RouteLlmRecording {
  const [head = [], ...rows] = readCommaSeparated(text)
  const [first, weakModel, strongModel] = head
  if (first !== 'prompt' || weakModel === undefined || strongModel === undefined) {
    throw new EdgewiseError(
      'config-invalid',
      `${file} is no response file of RouteLLM: its first line must be prompt,WEAK,STRONG.`,
    )
  }
  const answers = (column: number) =>
    rows.map((row, index) => {
      const word = row[column]
      if (word !== 'True' && word !== 'False') {
        throw new EdgewiseError('config-invalid', `${file}: row ${index + 2} says neither True nor False for a model.`)
      }
      return { id: `${file}#${index}`, task: file, prompt: row[0] ?? '', score: Number(word === 'True') }
    })
  return { weakModel, strongModel, weak: answers(1), strong: answers(2) }
}

import { z } from 'zod'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Answer } from '../answer.ts'
import { numeric } from '../scorers/numeric.ts'

const rowsSchema = z.array(
  z.object({
    id: z.string(),
    question: z.string(),
    output: z.tuple([z.string()], z.string()),
    answer: z.string(),
  }),
)

/**
 * Answers from a result file of ZeroEval's GSM set (github.com/WildEval/ZeroEval, result_dirs/gsm), scored by the last
 * number in the field `answer`; its own evaluation also refuses a sum that ends in the right number, 18 of 1,319 for gemma-2 2B. Throws `config-invalid`.
 */
export function readZeroEval(text: string, file: string): readonly Answer[] {
  const parsed = rowsSchema.safeParse(jsonOf(text))
  if (!parsed.success) {
    throw new EdgewiseError(
      'config-invalid',
      `${file} is no result file of ZeroEval: a list of id, question, output, answer.`,
    )
  }
  return parsed.data.map(({ id, question, output: [answer], answer: expected }) => ({
    id,
    task: 'gsm',
    prompt: question,
    answer,
    score: numeric.score(answer, { expect: [expected] }),
  }))
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

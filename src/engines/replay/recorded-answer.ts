import { z } from 'zod'
import { EdgewiseError } from '../../spec/errors.ts'

const line = z.object({
  prompt: z.string(),
  answer: z.string(),
  promptTokens: z.int().min(0).optional(),
  completionTokens: z.int().min(0).optional(),
})

/** What a model once answered. Token counts are absent where the recording has none. */
export interface RecordedAnswer {
  readonly text: string
  readonly promptTokens?: number
  readonly completionTokens?: number
}

/**
 * Reads recorded answers from JSON lines of `{"prompt", "answer"}`, with `promptTokens` and `completionTokens` where known. The last line
 * of a prompt wins; blank lines are skipped. Throws `config-invalid` with the line's number.
 */
export function readRecordedAnswers(text: string): Map<string, RecordedAnswer> {
  const answers = new Map<string, RecordedAnswer>()
  for (const [index, row] of text.split('\n').entries()) {
    if (row.trim() === '') continue
    const { prompt, answer, promptTokens, completionTokens } = readLine(row, index + 1)
    answers.set(prompt, {
      text: answer,
      ...(promptTokens === undefined ? {} : { promptTokens }),
      ...(completionTokens === undefined ? {} : { completionTokens }),
    })
  }
  return answers
}

function readLine(row: string, number: number): z.infer<typeof line> {
  try {
    return line.parse(JSON.parse(row))
  } catch {
    // No cause: it would quote the recording.
    throw new EdgewiseError(
      'config-invalid',
      `line ${number} of the recorded answers is no JSON object with the strings prompt and answer`,
    )
  }
}

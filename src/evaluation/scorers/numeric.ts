import { jsonInText } from './json-in-text.ts'
import type { Scorer } from './scorer.ts'

/** Right is the expected number: that of the field `answer` when the answer holds a JSON object with one, else the last in the text. */
export const numeric: Scorer = {
  summary: 'the number in the field answer, or the last one in the text, within tolerance',
  refuses: ({ expect }) =>
    expect.every((one) => lastNumber(String(one)) !== undefined) ? undefined : 'expect must be a number',
  score(answer, { expect, tolerance = 1e-6 }) {
    const said = lastNumber(fieldOf(answer)) ?? lastNumber(answer)
    if (said === undefined) return 0
    return Number(expect.some((one) => Math.abs(said - (lastNumber(String(one)) ?? Number.NaN)) <= tolerance))
  },
}

function fieldOf(answer: string): string {
  const field = jsonInText(answer)?.answer
  return typeof field === 'string' || typeof field === 'number' ? String(field) : ''
}

/** Thousands may be parted by commas. */
function lastNumber(text: string): number | undefined {
  const last = text.match(/-?\d[\d,]*(?:\.\d+)?|-?\.\d+/g)?.at(-1)
  return last === undefined ? undefined : Number(last.replaceAll(',', ''))
}

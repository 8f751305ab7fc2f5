import { jsonInText } from './json-in-text.ts'
import type { Expectation, Scorer } from './scorer.ts'

/** F1 of the fields of a JSON object: lists are taken apart, nested objects flattened, and a field counts with its value. */
export const jsonFieldF1: Scorer = {
  summary: 'F1 of the fields and values of a JSON object',
  refuses: ({ expect }) =>
    expect.every((one) => objectOf(one) !== undefined) ? undefined : 'expect must be a JSON object, or the text of one',
  score(answer, { expect }: Expectation) {
    const said = jsonInText(answer)
    if (said === undefined) return 0
    return Math.max(...expect.map((one) => f1(fieldsOf(objectOf(one) ?? {}), fieldsOf(said))))
  },
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return jsonInText(typeof value === 'string' ? value : JSON.stringify(value ?? null))
}

function f1(wanted: readonly string[], said: readonly string[]): number {
  if (wanted.length + said.length === 0) return 1
  const left = [...said]
  const hits = wanted.filter((field) => {
    const at = left.indexOf(field)
    if (at !== -1) left.splice(at, 1)
    return at !== -1
  })
  return (2 * hits.length) / (wanted.length + said.length)
}

function fieldsOf(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => fieldsOf(item, path))
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) => fieldsOf(inner, `${path}/${key}`))
  }
  return [`${path}=${typeof value === 'string' ? value : JSON.stringify(value)}`]
}

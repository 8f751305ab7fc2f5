import type { z } from 'zod'
import { EdgewiseError } from '../spec/errors.ts'

export interface JsonLinesOptions<T> {
  readonly text: string
  /** How errors call the file. */
  readonly file: string
  readonly schema: z.ZodType<T>
}

/** Reads a file of one JSON object a line; blank lines are skipped. Throws `config-invalid` with file, line and field, without its content. */
export function readJsonLines<T>({ text, file, schema }: JsonLinesOptions<T>): readonly T[] {
  const rows: T[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const parsed = schema.safeParse(jsonOf(line))
    if (!parsed.success) throw fault(`${file}:${index + 1}`, parsed.error)
    rows.push(parsed.data)
  }
  if (rows.length === 0) throw new EdgewiseError('config-invalid', `${file} holds no rows.`)
  return rows
}

/** What is no JSON is nothing, which no schema takes. */
function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function fault(place: string, { issues: [issue] }: z.ZodError): EdgewiseError {
  const path = issue?.path.join('.') ?? ''
  return new EdgewiseError('config-invalid', `${place}: ${what(issue, path)}.`)
}

function what(issue: z.core.$ZodIssue | undefined, path: string): string {
  if (issue?.code === 'unrecognized_keys') return `unknown keys: ${issue.keys.join(', ')}`
  return path === '' ? 'it is no JSON object of the expected form' : `${path} ${plain(issue)}`
}

/** zod's own messages may quote values; only those of refinements, which are ours, are passed on whole. */
function plain(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'custom') return issue.message
  if (issue?.code === 'invalid_type') return `must be a ${issue.expected}`
  if (issue?.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}`
  return 'is not of the expected form'
}

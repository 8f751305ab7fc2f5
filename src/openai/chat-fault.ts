import type { z } from 'zod'
import { EdgewiseError } from '../spec/errors.ts'

type Issue = z.core.$ZodIssue

/** A schema's complaint as `invalid-request`: the path of the field, what it must be and the kind of what came. Never a value. */
export function chatFault(issues: readonly Issue[], body: unknown): EdgewiseError {
  const [first] = issues
  if (first === undefined) return new EdgewiseError('invalid-request', 'the body is not a chat request')
  const { path, issue } = deepest(first, [])
  const param = path.map(String).join('.')
  const name = param === '' ? 'the body' : param
  const value = valueAt(body, path)
  const message =
    value === undefined ? `${name} is missing` : `${name} ${expectation(issue)}; it came as ${kindOf(value)}`
  return new EdgewiseError('invalid-request', message, param === '' ? {} : { param })
}

/** The complaint that says most: of a union's branches, the one that got furthest into the value, or accepts its kind at least. */
function deepest(issue: Issue, above: readonly PropertyKey[]): { path: readonly PropertyKey[]; issue: Issue } {
  const path = [...above, ...issue.path]
  let best: ReturnType<typeof deepest> = { path, issue }
  if (issue.code !== 'invalid_union') return best
  for (const [first] of issue.errors) {
    if (first === undefined) continue
    const found = deepest(first, path)
    const fitsKind = best.issue === issue && found.issue.code !== 'invalid_type'
    if (found.path.length > best.path.length || fitsKind) best = found
  }
  return best
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${nouns[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `must be ${oneOf(issue.values)}`
    case 'invalid_union':
      return `must be ${'options' in issue && issue.options !== undefined ? oneOf(issue.options) : eitherKind(issue)}`
    case 'too_small':
      return isCounted(issue.origin) ? 'must not be empty' : `must be at least ${issue.minimum}`
    case 'too_big':
      return isCounted(issue.origin) ? `must hold at most ${issue.maximum}` : `must be at most ${issue.maximum}`
    default:
      return issue.message
  }
}

function oneOf(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.map(String).join(', ')}`
}

function eitherKind(issue: Extract<Issue, { code: 'invalid_union' }>): string {
  const kinds = issue.errors.flatMap(([first]) => (first?.code === 'invalid_type' ? [nouns[first.expected]] : []))
  return kinds.join(' or ')
}

function isCounted(origin: string): boolean {
  return origin === 'array' || origin === 'string'
}

const nouns: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (value === '') return 'an empty string'
  if (typeof value === 'number') return Number.isInteger(value) ? 'a whole number' : 'a number with a fraction'
  return nouns[typeof value] ?? typeof value
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  let value = body
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<PropertyKey, unknown>)[key]
  }
  return value
}

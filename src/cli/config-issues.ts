import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml'
import type { z } from 'zod'
import { configComplaint, wantsPlainValue } from './config-complaint.ts'
import { configJsonSchema, type JsonSchema } from './config-schema.ts'
import { nearestWord } from './nearest-word.ts'

const mostIssuesShown = 10

export interface DescribeIssuesOptions {
  readonly issues: readonly z.core.$ZodIssue[]
  readonly document: Document
  readonly lines: LineCounter
  readonly file: string
}

/** One line per problem: file, line and column, the key, what is wrong with it. Values are repeated only where a number or a switch belongs: others may be secrets. */
export function describeIssues({ issues, document, lines, file }: DescribeIssuesOptions): string[] {
  const found = issues.flatMap(unfolded).flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') {
      const place = locate(document, issue.path)
      return [{ offset: place.offset, text: `${nameOf(issue.path)} ${complaint(issue, place)}` }]
    }
    return issue.keys.map((key) => {
      const path = [...issue.path, key]
      return { offset: locate(document, path, 'key').offset, text: unknownKey(path) }
    })
  })
  const inOrder = found.toSorted((a, b) => a.offset - b.offset)
  const shown = inOrder.slice(0, mostIssuesShown).map(({ offset, text }) => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col} ${text}`
  })
  const more = found.length - shown.length
  return more > 0 ? [...shown, `… and ${more} more like these.`] : shown
}

/** Of a setting with several forms, what is wrong in the form that was meant: the one whose own kind fits. */
function unfolded(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const meant = issue.errors.find(
    (form) => !form.some(({ code, path }) => code === 'invalid_type' && path.length === 0),
  )
  return meant?.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })) ?? [issue]
}

function nameOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'The file' : path.map(String).join('.')
}

function unknownKey(path: readonly PropertyKey[]): string {
  const known = knownKeys(path.slice(0, -1))
  const near = nearestWord(String(path.at(-1)), known)
  const hint = near === undefined ? `known here: ${known.join(', ')}` : `did you mean ${near}?`
  return `${nameOf(path)} is not a setting; ${hint}`
}

function knownKeys(path: readonly PropertyKey[]): string[] {
  let schema: JsonSchema | undefined = configJsonSchema()
  for (const step of path) schema = typeof step === 'number' ? schema?.items : keyed(schema)?.[String(step)]
  return Object.keys(keyed(schema) ?? {})
}

function keyed(schema: JsonSchema | undefined): JsonSchema['properties'] {
  return schema?.properties ?? schema?.anyOf?.find(({ properties }) => properties !== undefined)?.properties
}

function complaint(issue: z.core.$ZodIssue, { node }: Place): string {
  if (node === undefined || (isScalar(node) && node.value === null)) return 'is missing'
  const isShown = isScalar(node) && typeof node.value !== 'string' && wantsPlainValue(issue)
  return `${configComplaint(issue)}${isShown ? `; it is ${String(node.value)}` : ''}`
}

interface Place {
  /** The value at the path, when the document has one. */
  readonly node: Node | undefined
  /** Where to point: the value or its key, else the nearest thing around it that is there. */
  readonly offset: number
}

function locate(document: Document, path: readonly PropertyKey[], end: 'key' | 'value' = 'value'): Place {
  let node: Node | undefined = document.contents ?? undefined
  let offset = node?.range?.[0] ?? 0
  for (const [index, step] of path.entries()) {
    const around: Node | undefined = isAlias(node) ? node.resolve(document) : node
    const { key, value } = child(around, step)
    const isLast = index === path.length - 1
    // A value that is not there is best shown at the key of the mapping that lacks it.
    const wanted = isLast && end === 'value' ? (value ?? key) : (key ?? value)
    offset = wanted?.range?.[0] ?? offset
    node = value
  }
  return { node, offset }
}

function child(node: Node | undefined, step: PropertyKey): { readonly key?: Node; readonly value?: Node | undefined } {
  if (isSeq<Node>(node) && typeof step === 'number') return { value: node.items[step] }
  if (!isMap<Node, Node | null>(node)) return {}
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
  return pair === undefined ? {} : { key: pair.key, value: pair.value ?? undefined }
}

import { type JsonLeaf, jsonLeaves } from './json-leaves.ts'

/** A stretch of a document's reading that takes other text. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

export interface Range {
  readonly start: number
  readonly end: number
}

/** A stretch that may be replaced. */
export interface EditableRange extends Range {
  /** It is a number of a JSON document. */
  readonly isNumber: boolean
}

/** A text in two forms: as recognizers read it, and as it is rewritten without breaking what it is written in. */
export interface Document {
  /** What recognizers see. */
  readonly reading: string
  /** What those see that know a field by the syntax of JSON; `locate` gives where in the reading something of it stands. */
  readonly written?: { readonly text: string; locate(range: Range): readonly Range[] }
  /** The parts of a range of the reading that may be replaced, in order. */
  editable(range: Range): readonly EditableRange[]
  /** The document with edits in editable ranges, which are in order and do not overlap. */
  rewrite(edits: readonly Edit[]): string
}

export interface ReadOptions {
  /** What is JSON stays JSON: something in the place of a number is then a string, which it still is when it is put back. */
  readonly mustParse: boolean
}

/** Reads prose as it is, and a JSON object or array by its keys and values, one pair a line, without quotes and escapes. */
export function readDocument(text: string, { mustParse }: ReadOptions): Document {
  const ends = text.trim()
  const isLikely = ['{}', '[]'].includes(ends.charAt(0) + ends.charAt(ends.length - 1))
  return (isLikely ? readJson(text, mustParse) : undefined) ?? readProse(text)
}

/** Reads a text as it is. */
export function readProse(text: string): Document {
  return {
    reading: text,
    editable: ({ start, end }) => [{ start, end, isNumber: false }],
    rewrite: (edits) => splice(text, edits),
  }
}

interface Segment extends Range {
  readonly kind: JsonLeaf['kind']
  readonly value: string
  readonly rawStart: number
  readonly rawEnd: number
}

function readJson(text: string, mustParse: boolean): Document | undefined {
  const leaves = jsonLeaves(text)
  if (leaves === undefined) return undefined
  const lines: string[] = []
  const segments: Segment[] = []
  let start = 0
  for (const { kind, value, start: rawStart, end: rawEnd } of leaves) {
    const line = kind === 'key' ? `${value}: ` : `${value}\n`
    segments.push({ kind, value, start, end: start + value.length, rawStart, rawEnd })
    lines.push(line)
    start += line.length
  }
  return {
    reading: lines.join(''),
    written: { text, locate: (range) => located(range, segments) },
    editable: (range) => editableParts(range, segments),
    rewrite: (edits) => splice(text, rawEdits(edits, segments, mustParse)),
  }
}

function editableParts({ start, end }: Range, segments: readonly Segment[]): readonly EditableRange[] {
  const touched = segments.slice(
    firstWhere(segments, (segment) => segment.end > start),
    firstWhere(segments, (segment) => segment.start >= end),
  )
  return touched.map((part) => {
    return { start: Math.max(start, part.start), end: Math.min(end, part.end), isNumber: part.kind === 'number' }
  })
}

/** Place of the first segment that passes a test which all later ones pass too. */
function firstWhere(segments: readonly Segment[], passes: (segment: Segment) => boolean): number {
  let low = 0
  let high = segments.length
  while (low < high) {
    const middle = (low + high) >> 1
    const segment = segments[middle]
    if (segment !== undefined && passes(segment)) high = middle
    else low = middle + 1
  }
  return low
}

/** A part of a value can be told in the reading where no escape moves it; where one does, only a whole value can: parts are found in the reading itself. */
function located({ start, end }: Range, segments: readonly Segment[]): readonly Range[] {
  const touched = segments.slice(
    firstWhere(segments, ({ rawEnd }) => rawEnd > start),
    firstWhere(segments, ({ rawStart }) => rawStart >= end),
  )
  return touched.flatMap((segment) => {
    const inset = segment.kind === 'number' ? 0 : 1
    const offset = segment.start - segment.rawStart - inset
    const isUnmoved = segment.end - segment.start === segment.rawEnd - segment.rawStart - 2 * inset
    const isWhole = start <= segment.rawStart + inset && end >= segment.rawEnd - inset
    if (!isUnmoved) return isWhole ? [{ start: segment.start, end: segment.end }] : []
    const range = { start: Math.max(segment.start, start + offset), end: Math.min(segment.end, end + offset) }
    return range.start < range.end ? [range] : []
  })
}

/** Edits of the reading as edits of the JSON text: each value that changes is written anew. */
function rawEdits(edits: readonly Edit[], segments: readonly Segment[], mustParse: boolean): readonly Edit[] {
  const bySegment = new Map<Segment, Edit[]>()
  for (const edit of edits) {
    const segment = segments[firstWhere(segments, ({ end }) => end > edit.start)]
    if (segment === undefined) continue
    const own = bySegment.get(segment) ?? []
    bySegment.set(segment, own)
    own.push({ start: edit.start - segment.start, end: edit.end - segment.start, text: edit.text })
  }
  return [...bySegment].map(([{ kind, value, rawStart, rawEnd }, own]) => {
    const text = splice(value, own)
    return { start: rawStart, end: rawEnd, text: kind === 'number' && !mustParse ? text : JSON.stringify(text) }
  })
}

function splice(text: string, edits: readonly Edit[]): string {
  let result = ''
  let from = 0
  for (const edit of edits) {
    result += text.slice(from, edit.start) + edit.text
    from = edit.end
  }
  return result + text.slice(from)
}

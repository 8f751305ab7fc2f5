import { EdgewiseError } from '../spec/errors.ts'
import type { TokenClass } from '../spec/ports.ts'
import { type Entity, entities, type Finding } from './recognizers/recognizer.ts'
import { resolveOverlaps } from './recognizers/resolve-overlaps.ts'

const known: ReadonlySet<string> = new Set(entities)

/** What is at least so sure is not cut in pieces by less within it. */
const sureScore = 0.5

/** A name has to be this sure to leave out words that a recognizer has in a Chinese address. */
const sureOfBorders = 0.9

/** Classes that a longer name of another class may swallow: policies treat them much alike. Of all others a name takes nothing. */
const alike: ReadonlySet<Entity> = new Set(['PERSON', 'ORGANIZATION', 'LOCATION', 'ADDRESS'])

/**
 * What recognizers found in a text and what a name model named in it, without overlaps. The longer holds what lies within it: a finding any name, a name
 * what is of its kind; an address that names divide into street and town is theirs. Stretches of one class that overlap become one; else the surer wins. Throws `model-invalid` for a class that is none of ours.
 */
export function mergeNames(
  text: string,
  findings: readonly Finding[],
  named: readonly TokenClass[],
): readonly Finding[] {
  if (named.length === 0) return findings
  const within = named.map(findingOf)
  const names = swallow({ holders: undivided(text, findings, within), within, mayHold: () => true })
  const found = swallow({ holders: names.apart, within: names.holders, mayHold: ({ entity }) => alike.has(entity) })
  const byEntity = [...Map.groupBy([...found.holders, ...found.apart], ({ entity }) => entity).values()]
  return resolveOverlaps(
    text,
    byEntity.flatMap((own) => joinOverlapping(text, own)),
  )
}

function findingOf({ entity, start, end, score }: TokenClass): Finding {
  if (isEntity(entity)) return { entity, start, end, score, recognizer: 'name-model' }
  throw new EdgewiseError('model-invalid', `the name model gives the class ${entity}, which is none of ours`)
}

function isEntity(name: string): name is Entity {
  return known.has(name)
}

/** The findings, but for addresses that surer names divide among them. */
function undivided(text: string, findings: readonly Finding[], names: readonly Finding[]): readonly Finding[] {
  let at = 0
  return findings.filter((finding) => {
    while ((names[at]?.end ?? Number.POSITIVE_INFINITY) <= finding.start) at += 1
    if (finding.entity !== 'ADDRESS') return true
    const parts: Finding[] = []
    for (let next = names[at]; next !== undefined && isWithin(next, finding); next = names[at + parts.length]) {
      parts.push(next)
    }
    return !parts.some(({ entity }) => entity === 'ADDRESS') || !isDivided(text, finding, parts)
  })
}

const han = /\p{Script=Han}/u
/** Words beside an address that name no place of their own: opposite, send to. */
const beside = /^[^\p{L}\p{N}]*(?:(?![省市区县镇乡村州])\p{Script=Han}){0,4}[^\p{L}\p{N}]*$/u

/**
 * Whether names say better than a recognizer what is of an address: street and town one by one, with no word left over; in Chinese, which writes no
 * spaces, also an address without the few words that a pattern takes for a part of it.
 */
function isDivided(text: string, { start, end, score }: Finding, parts: readonly Finding[]): boolean {
  const isChinese = han.test(text.slice(start, end))
  const least = isChinese ? Math.max(score, sureOfBorders) : score
  if (parts.some((part) => part.score < least)) return false
  if (!isChinese && parts.every(({ entity }) => entity === 'ADDRESS')) return false
  const starts = [...parts.map((part) => part.start), end]
  const left = [start, ...parts.map((part) => part.end)].map((from, index) => text.slice(from, starts[index]))
  return left.every((rest) => (isChinese ? beside.test(rest) : !/[\p{L}\p{N}]/u.test(rest)))
}

interface Swallow {
  /** In order and without overlaps, as are those within. */
  readonly holders: readonly Finding[]
  readonly within: readonly Finding[]
  readonly mayHold: (finding: Finding) => boolean
}

/** What lies within no sure holder of another class that is longer, and the holders, as sure as all that they hold. */
function swallow({ holders, within, mayHold }: Swallow): Record<'holders' | 'apart', readonly Finding[]> {
  const surest = [...holders]
  let at = 0
  const apart = within.filter((finding) => {
    while ((surest[at]?.end ?? Number.POSITIVE_INFINITY) <= finding.start) at += 1
    const holder = surest[at]
    if (holder === undefined || holder.score < sureScore || !isWithin(finding, holder)) return true
    if (finding.entity === holder.entity || !mayHold(finding)) return true
    if (finding.score > holder.score) surest[at] = { ...holder, score: finding.score }
    return false
  })
  return { holders: surest, apart }
}

function isWithin(part: Finding, whole: Finding): boolean {
  const isShorter = part.end - part.start < whole.end - whole.start
  return isShorter && whole.start <= part.start && part.end <= whole.end
}

/** Findings of one class; those that overlap become one, as sure as the surest of them. */
function joinOverlapping(text: string, findings: readonly Finding[]): readonly Finding[] {
  const joined: Finding[] = []
  for (const finding of findings.toSorted((a, b) => a.start - b.start)) {
    const last = joined.at(-1)
    if (last === undefined || finding.start >= last.end) joined.push(finding)
    else joined[joined.length - 1] = union(text, last, finding)
  }
  return joined
}

/** From the beginning of one to the end of the other; a single character that only a recognizer has is left to the model's borders. */
function union(text: string, a: Finding, b: Finding): Finding {
  const surer = a.score >= b.score ? a : b
  const [start, end] = [Math.min(a.start, b.start), Math.max(a.end, b.end)]
  const name = a.recognizer === 'name-model' ? a : b
  if (name.recognizer !== 'name-model') return { ...surer, start, end }
  return {
    ...surer,
    start: isLong(text.slice(start, name.start)) ? start : name.start,
    end: isLong(text.slice(name.end, end)) ? end : name.end,
  }
}

/** Whether words or numbers stand there, as `resolveOverlaps` has it. */
function isLong(rest: string): boolean {
  return /[\p{L}\d]{2}/u.test(rest)
}

import type { Entity } from '../../privacy/recognizers/recognizer.ts'

/** One stretch in our classes, [start, end). */
export interface ClassSpan {
  readonly start: number
  readonly end: number
  readonly entity: Entity
}

/** What was marked in one text and what was found in it. */
export interface Comparison {
  readonly marked: readonly ClassSpan[]
  readonly found: readonly ClassSpan[]
  /** Marked stretches that count neither for nor against. */
  readonly ignored: readonly Pick<ClassSpan, 'start' | 'end'>[]
}

/** How findings are held against marks. Strict: the same borders. Overlap: at least half of the units. Class-aware: of the same class. */
export interface Matching {
  readonly borders: 'strict' | 'overlap'
  readonly isClassAware: boolean
}

export interface Score {
  readonly marked: number
  readonly found: number
  readonly precision: number
  readonly recall: number
  readonly f1: number
  readonly f2: number
}

/** Precision, recall, F1 and F2 over all texts; NaN where there is nothing to divide by. */
export function score(comparisons: readonly Comparison[], matching: Matching): Score {
  const counts = { marked: 0, markedFound: 0, found: 0, foundRight: 0 }
  for (const { marked, found, ignored } of comparisons) {
    const counted = found.filter(
      (finding) => marked.some((span) => overlap(span, finding) > 0) || !isMostlyIn(finding, ignored),
    )
    counts.marked += marked.length
    counts.found += counted.length
    counts.markedFound += marked.filter((span) => isMatched(span, counted, matching)).length
    counts.foundRight += counted.filter((span) => isMatched(span, marked, matching)).length
  }
  const precision = counts.foundRight / counts.found
  const recall = counts.markedFound / counts.marked
  return {
    marked: counts.marked,
    found: counts.found,
    precision,
    recall,
    f1: fScore(precision, recall, 1),
    f2: fScore(precision, recall, 2),
  }
}

/** The comparisons with one class only. */
export function ofClass(comparisons: readonly Comparison[], entity: Entity): readonly Comparison[] {
  return comparisons.map(({ marked, found, ignored }) => ({
    marked: marked.filter((span) => span.entity === entity),
    found: found.filter((span) => span.entity === entity),
    ignored,
  }))
}

function fScore(precision: number, recall: number, beta: number): number {
  if (precision === 0 || recall === 0) return 0
  return ((1 + beta ** 2) * precision * recall) / (beta ** 2 * precision + recall)
}

function isMatched(span: ClassSpan, others: readonly ClassSpan[], { borders, isClassAware }: Matching): boolean {
  const candidates = isClassAware ? others.filter(({ entity }) => entity === span.entity) : others
  if (borders === 'strict') return candidates.some(({ start, end }) => start === span.start && end === span.end)
  return isMostlyIn(span, candidates)
}

function isMostlyIn(
  span: Pick<ClassSpan, 'start' | 'end'>,
  others: readonly Pick<ClassSpan, 'start' | 'end'>[],
): boolean {
  const covered = others.reduce((units, other) => units + overlap(span, other), 0)
  return covered * 2 >= span.end - span.start && covered > 0
}

function overlap(one: Pick<ClassSpan, 'start' | 'end'>, two: Pick<ClassSpan, 'start' | 'end'>): number {
  return Math.max(0, Math.min(one.end, two.end) - Math.max(one.start, two.start))
}

import { type Entity, entities } from '../../privacy/recognizers/recognizer.ts'
import type { Figure, Goal } from '../bench.ts'
import { type Comparison, type Matching, ofClass, score } from './score.ts'

export interface QualityGoals {
  /** Held against F1, strict and class-aware. */
  readonly strictF1?: Goal
  /** Held against F2 by overlap, class-blind and class-aware alike. */
  readonly overlapF2?: Goal
}

const matchings: readonly Matching[] = [
  { borders: 'strict', isClassAware: true },
  { borders: 'strict', isClassAware: false },
  { borders: 'overlap', isClassAware: true },
  { borders: 'overlap', isClassAware: false },
]

/** Precision, recall, F1 and F2 of a set in the four ways of matching, then the same of each class. */
export function qualityFigures(
  name: string,
  comparisons: readonly Comparison[],
  { strictF1, overlapF2 }: QualityGoals = {},
): readonly Figure[] {
  return [
    ...matchings.flatMap((matching) => totalFigures(name, comparisons, matching)),
    ...classFigures(name, comparisons),
  ]

  function totalFigures(set: string, all: readonly Comparison[], matching: Matching): readonly Figure[] {
    const { precision, recall, f1, f2, marked, found } = score(all, matching)
    const manner = `${matching.borders}, class-${matching.isClassAware ? 'aware' : 'blind'}`
    const isStrictTyped = matching.borders === 'strict' && matching.isClassAware
    return [
      { name: `${set}, ${manner}: precision (${found} found)`, value: precision, unit: '' },
      { name: `${set}, ${manner}: recall (${marked} marked)`, value: recall, unit: '' },
      { name: `${set}, ${manner}: F1`, value: f1, unit: '', ...(isStrictTyped && strictF1 && { goal: strictF1 }) },
      {
        name: `${set}, ${manner}: F2`,
        value: f2,
        unit: '',
        ...(matching.borders === 'overlap' && overlapF2 && { goal: overlapF2 }),
      },
    ]
  }
}

/** A class by itself: its own stretches against findings of it, and how many of them were found as anything. */
function classFigures(set: string, comparisons: readonly Comparison[]): readonly Figure[] {
  return entities.flatMap((entity) => {
    const own = ofClass(comparisons, entity)
    const { marked, found } = score(own, { borders: 'strict', isClassAware: true })
    if (marked + found === 0) return []
    const figure = (what: string, value: number) => ({ name: `  ${set}: ${entity}, ${what}`, value, unit: '' })
    return (['strict', 'overlap'] as const)
      .flatMap((borders) => {
        const { precision, recall, f1, f2 } = score(own, { borders, isClassAware: true })
        const blind = score(markedOf(comparisons, entity), { borders, isClassAware: false })
        return [
          figure(`${borders}: precision (${found} found)`, precision),
          figure(`${borders}: recall (${marked} marked)`, recall),
          figure(`${borders}: recall, class-blind`, blind.recall),
          figure(`${borders}: F1`, f1),
          figure(`${borders}: F2`, f2),
        ]
      })
      .filter(({ value }) => !Number.isNaN(value))
  })
}

/** The comparisons with marked stretches of one class, and findings of all. */
function markedOf(comparisons: readonly Comparison[], entity: Entity): readonly Comparison[] {
  return comparisons.map(({ marked, ...others }) => {
    return { ...others, marked: marked.filter((span) => span.entity === entity) }
  })
}

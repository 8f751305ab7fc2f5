import { entities } from '../../privacy/recognizers/recognizer.ts'
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

/** Precision, recall, F1 and F2 of a set in the four ways of matching, then each class strictly and by overlap. */
export function qualityFigures(
  name: string,
  comparisons: readonly Comparison[],
  { strictF1, overlapF2 }: QualityGoals = {},
): readonly Figure[] {
  return [...matchings.flatMap((matching) => totalFigures(name, comparisons, matching)), ...classFigures(comparisons)]

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

function classFigures(comparisons: readonly Comparison[]): readonly Figure[] {
  return entities.flatMap((entity) => {
    const own = ofClass(comparisons, entity)
    const strict = score(own, { borders: 'strict', isClassAware: true })
    if (strict.marked + strict.found === 0) return []
    const overlap = score(own, { borders: 'overlap', isClassAware: true })
    const figure = (what: string, value: number) => ({ name: `  ${entity} ${what}`, value, unit: '' })
    return [
      figure(`marked / found: ${strict.marked} / ${strict.found}; strict F1`, strict.f1),
      figure('overlap precision', overlap.precision),
      figure('overlap recall', overlap.recall),
      figure('overlap F1', overlap.f1),
      figure('overlap F2', overlap.f2),
    ].filter(({ value }) => !Number.isNaN(value))
  })
}

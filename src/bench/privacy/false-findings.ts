import type { TextDetector } from '../../privacy/guard/inspect.ts'
import type { Entity } from '../../privacy/recognizers/recognizer.ts'
import type { Figure } from '../bench.ts'
import { detectInBatches } from './detect-in-batches.ts'

/** Classes whose findings are what they say in such texts: people, places and organisations are named there, if nobody's own. */
const named: readonly Entity[] = ['PERSON', 'LOCATION', 'ORGANIZATION']

export interface FalseFindingsOptions {
  readonly texts: readonly string[]
  readonly detector: TextDetector
  /** The texts are about invented people: that these are found is right, and they are counted apart. */
  readonly hasPeople?: boolean
}

/** Findings per 1,000 words of texts that hold nobody's personal data, in all and by class. */
export async function falseFindings(
  name: string,
  { texts, detector, hasPeople = false }: FalseFindingsOptions,
): Promise<readonly Figure[]> {
  const words = texts.reduce((sum, text) => sum + (text.match(/\S+/g)?.length ?? 0), 0)
  const findings = (await detectInBatches(detector, texts)).flat()
  const unit = 'per 1,000 words'
  const rate = (count: number) => (count / words) * 1000
  const without = (left: readonly Entity[]) => rate(findings.filter(({ entity }) => !left.includes(entity)).length)
  const goal = '<= 1'
  const byEntity = [...Map.groupBy(findings, ({ entity }) => entity)].sort(([, a], [, b]) => b.length - a.length)
  return [
    {
      name: `${name} (${words} words): findings of any class, all counted false`,
      value: rate(findings.length),
      unit,
      ...(hasPeople ? {} : ({ goal } as const)),
    },
    ...(hasPeople
      ? [
          {
            name: `${name}: without PERSON, for its people are named on purpose`,
            value: without(['PERSON']),
            unit,
            goal,
          } as const,
        ]
      : []),
    { name: `${name}: without names of people, places, organisations`, value: without(named), unit },
    ...byEntity.map(([entity, found]) => ({ name: `  ${entity}: ${found.length}`, value: rate(found.length), unit })),
  ]
}

import type { Detector, Entity } from '../../privacy/recognizers/recognizer.ts'
import type { Figure } from '../bench.ts'

/** Classes whose findings are what they say in such texts: people, places and organisations are named there, if nobody's own. */
const named: readonly Entity[] = ['PERSON', 'LOCATION', 'ORGANIZATION']

/** Findings per 1,000 words of a text that holds nobody's personal data, in all and by class. */
export function falseFindings(name: string, text: string, detector: Detector): readonly Figure[] {
  const words = text.split(/\s+/).filter((word) => word !== '').length
  const findings = detector.detect(text)
  const perThousand = (count: number) => (count / words) * 1000
  const byEntity = [...Map.groupBy(findings, ({ entity }) => entity)].sort(([, a], [, b]) => b.length - a.length)
  const others = findings.filter(({ entity }) => !named.includes(entity)).length
  return [
    {
      name: `${name} (${words} words): findings of any class, all counted false`,
      value: perThousand(findings.length),
      unit: 'per 1,000 words',
      goal: '<= 1',
    },
    {
      name: `${name}: the same without names of people, places, organisations`,
      value: perThousand(others),
      unit: 'per 1,000 words',
    },
    ...byEntity.map(([entity, found]) => {
      return { name: `  ${entity}: ${found.length}`, value: perThousand(found.length), unit: 'per 1,000 words' }
    }),
  ]
}

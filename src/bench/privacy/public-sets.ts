import { createDetector } from '../../privacy/detector.ts'
import type { BenchContext, Figure } from '../bench.ts'
import { readPacked, sharedData } from '../cascade/shared-data.ts'
import { compare } from './compare.ts'
import { falseFindings } from './false-findings.ts'
import { qualityFigures } from './quality-figures.ts'
import { meddocanClasses, presidioClasses } from './sets/class-mapping.ts'
import { meddocanRecognizers } from './sets/meddocan-policy.ts'
import { isForValidation } from './sets/presidio-split.ts'
import { readAnnotated } from './sets/read-annotated.ts'

/** Quality on public sets that lie beside the checkout; the parts that nothing was made or tuned on. */
export function measurePublicSets({ say }: BenchContext): readonly Figure[] {
  return [
    ...whenThere(['presidio', 'generated_large.json'], measurePresidio),
    ...whenThere(['meddocan', 'dev'], measureMeddocan),
    ...whenThere(['psdocs', 'psdocs.txt.gz'], (path) => falseFindings('psdocs', readPacked(path), createDetector())),
    ...whenThere(['gsm8k', 'train.jsonl.gz'], (path) => falseFindings('GSM8K', plainText(path), createDetector())),
  ]

  function whenThere(path: readonly string[], measure: (path: string) => readonly Figure[]): readonly Figure[] {
    const found = sharedData(...path)
    say(
      found === undefined
        ? `skipped: ${path.join('/')} is not beside the checkout (set EDGEWISE_DATA)`
        : path.join('/'),
    )
    return found === undefined ? [] : measure(found)
  }
}

function measurePresidio(path: string): readonly Figure[] {
  const texts = readAnnotated(path).filter(isForValidation)
  const { comparisons } = compare(texts, { detector: createDetector(), mapping: presidioClasses })
  return [
    ...qualityFigures('Presidio, unseen templates', comparisons, { overlapF2: '>= 0.9' }),
    { name: '  beside it: Presidio as it comes, F2', value: 0.618, unit: '' },
    { name: '  beside it: Presidio tuned with a clinical transformer, F2', value: 0.845, unit: '' },
  ]
}

function measureMeddocan(path: string): readonly Figure[] {
  const detector = createDetector({ ages: 'all', custom: meddocanRecognizers })
  const { comparisons } = compare(readAnnotated(path), { detector, mapping: meddocanClasses })
  return [
    ...qualityFigures('MEDDOCAN dev', comparisons, { strictF1: '>= 0.93' }),
    { name: '  beside it: best published system, strict and typed F1', value: 0.9696, unit: '' },
  ]
}

/** Questions and answers of GSM8K as one text. */
function plainText(path: string): string {
  return readPacked(path)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { question, answer } = JSON.parse(line) as { question: string; answer: string }
      return `${question}\n${answer}`
    })
    .join('\n\n')
}

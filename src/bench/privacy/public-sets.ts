import { join } from 'node:path'
import { type OpenedDetectors, openDetectors } from '../../edge/presets/open-detectors.ts'
import type { Entity } from '../../privacy/recognizers/recognizer.ts'
import type { BenchContext, Figure } from '../bench.ts'
import { readPacked, sharedData } from '../cascade/shared-data.ts'
import { compare } from './compare.ts'
import { falseFindings } from './false-findings.ts'
import { piecesOf } from './pieces.ts'
import { qualityFigures } from './quality-figures.ts'
import { meddocanClasses, presidioClasses, readMapping } from './sets/class-mapping.ts'
import { meddocanRecognizers } from './sets/meddocan-policy.ts'
import { isForValidation } from './sets/presidio-split.ts'
import { readAnnotated } from './sets/read-annotated.ts'

/** Chinese texts from templates that no training text was made of; they come with the checkout. */
const chineseNames = join(import.meta.dirname, '..', '..', '..', 'test', 'fixtures', 'privacy', 'chinese-names.jsonl')

/** What is marked in the Chinese texts. */
const nameClasses: readonly Entity[] = ['PERSON', 'ORGANIZATION', 'LOCATION', 'ADDRESS']

/** Quality on public sets that lie beside the checkout; the parts that nothing was made or tuned on. */
export async function measurePublicSets({ say, names }: BenchContext): Promise<readonly Figure[]> {
  await using detectors = await openDetectors(names)
  say(detectors.label)
  return [
    ...(await whenThere(['presidio', 'generated_large.json'], (path) => measurePresidio(path, detectors))),
    ...(await measureChinese(detectors)),
    ...(await whenThere(['meddocan', 'dev'], (path) => measureMeddocan(path, detectors))),
    ...(await whenThere(['psdocs', 'psdocs.txt.gz'], (path) => {
      return falseFindings('psdocs', { texts: piecesOf(readPacked(path)), detector: detectors.detector() })
    })),
    ...(await whenThere(['gsm8k', 'train.jsonl.gz'], (path) => {
      return falseFindings('GSM8K', { texts: gsm8k(path), detector: detectors.detector(), hasPeople: true })
    })),
  ]

  async function whenThere(
    path: readonly string[],
    measure: (path: string) => Promise<readonly Figure[]>,
  ): Promise<readonly Figure[]> {
    const found = sharedData(...path)
    say(
      found === undefined
        ? `skipped: ${path.join('/')} is not beside the checkout (set EDGEWISE_DATA)`
        : path.join('/'),
    )
    return found === undefined ? [] : await measure(found)
  }
}

async function measurePresidio(path: string, detectors: OpenedDetectors): Promise<readonly Figure[]> {
  const texts = readAnnotated(path).filter(isForValidation)
  const { comparisons } = await compare(texts, { detector: detectors.detector(), mapping: presidioClasses })
  return [
    ...qualityFigures('Presidio, unseen templates', comparisons, { overlapF2: '>= 0.9' }),
    { name: '  beside it: Presidio as it comes, F2', value: 0.618, unit: '' },
    { name: '  beside it: Presidio tuned with a clinical transformer, F2', value: 0.845, unit: '' },
  ]
}

async function measureChinese(detectors: OpenedDetectors): Promise<readonly Figure[]> {
  const { comparisons } = await compare(readAnnotated(chineseNames), {
    detector: detectors.detector(),
    mapping: readMapping(undefined),
  })
  // Telephone numbers, dates and the like stand in these texts too, and nobody marked them.
  const ofNames = comparisons.map(({ found, ...others }) => ({
    ...others,
    found: found.filter(({ entity }) => nameClasses.includes(entity)),
  }))
  return qualityFigures('Chinese, unseen templates, names only', ofNames, { strictF1: '>= 0.95' })
}

async function measureMeddocan(path: string, detectors: OpenedDetectors): Promise<readonly Figure[]> {
  const detector = detectors.detector({ ages: 'all', custom: meddocanRecognizers })
  const { comparisons } = await compare(readAnnotated(path), { detector, mapping: meddocanClasses })
  return [
    ...qualityFigures('MEDDOCAN dev', comparisons, { strictF1: '>= 0.93' }),
    { name: '  beside it: best published system, strict and typed F1', value: 0.9696, unit: '' },
  ]
}

/** Each question of GSM8K with its answer. */
function gsm8k(path: string): readonly string[] {
  return readPacked(path)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { question, answer } = JSON.parse(line) as { question: string; answer: string }
      return `${question}\n${answer}`
    })
}

import { createSeededRandom } from '../../engines/generation/seeded-random.ts'
import { readZeroEval } from '../../evaluation/recordings/zeroeval.ts'
import { routedExamples } from '../../evaluation/routed-examples.ts'
import { baselines } from '../../routers/baselines.ts'
import { fitRouter } from '../../routers/fit-router.ts'
import { escalatedFor, qualityAt, routingCurve } from '../../routers/routing-curve.ts'
import type { BenchContext, Figure } from '../bench.ts'
import { readPacked, sharedData } from './shared-data.ts'

interface GsmPair {
  readonly name: string
  readonly local: string
  readonly cloud: string
  /** Share passed on at which the pair is to be within a point of its big model. */
  readonly escalated: number
}

const pairs: readonly GsmPair[] = [
  { name: 'gemma-2 2B -> 27B', local: 'gemma-2-2b-it.json.gz', cloud: 'gemma-2-27b-it@together.json', escalated: 0.6 },
  {
    name: 'Llama-3.1 8B -> 70B',
    local: 'Meta-Llama-3.1-8B-Instruct.json.gz',
    cloud: 'Meta-Llama-3.1-70B-Instruct.json.gz',
    escalated: 0.25,
  },
]

/**
 * Cascades over recorded answers to GSM8K, judged by cross-validation from prompt and answer. The recordings hold no
 * log-probabilities, so the strongest features of a live cascade are missing here.
 */
export async function measureGsmCascades({ say }: BenchContext): Promise<readonly Figure[]> {
  return pairs.flatMap((pair) => {
    const [local, cloud] = [pair.local, pair.cloud].map((file) => sharedData('zeroeval', 'gsm', file))
    if (local === undefined || cloud === undefined) {
      say(`skipped: ${pair.name} on GSM8K, because zeroeval is not beside the checkout (set EDGEWISE_DATA)`)
      return []
    }
    say(`GSM8K, ${pair.name}`)
    return measurePair(pair, local, cloud)
  })
}

function measurePair({ name, escalated }: GsmPair, local: string, cloud: string): readonly Figure[] {
  const examples = routedExamples(readZeroEval(readPacked(local), local), readZeroEval(readPacked(cloud), cloud))
  const choice = { readsText: true, readsLogprobs: false, ngramColumns: 0 }
  const { confidences } = fitRouter({ examples, choice, random: createSeededRandom(7) })
  const curve = routingCurve(examples, confidences)
  const strong = curve.at(-1)?.quality ?? Number.NaN
  const below = (quality: number) => 100 * (quality - strong)
  return [
    {
      name: `${name}, ${100 * escalated} % escalated: to the big one`,
      value: below(qualityAt(curve, escalated)),
      unit: 'points',
      goal: '>= -1',
    },
    ...baselines(examples).map((line) => ({
      name: `  ${line.name}`,
      value: below(qualityAt(line.curve, escalated)),
      unit: 'points',
    })),
    { name: '  always edge', value: below(curve[0]?.quality ?? Number.NaN), unit: 'points' },
    { name: '  always cloud is right in', value: 100 * strong, unit: '%' },
    { name: '  escalated for one point below it', value: 100 * (escalatedFor(curve, strong - 0.01) ?? 1), unit: '%' },
  ]
}

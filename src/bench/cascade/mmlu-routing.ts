import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createSeededRandom } from '../../engines/generation/seeded-random.ts'
import { readRouteLlm } from '../../evaluation/recordings/routellm.ts'
import { routedExamples } from '../../evaluation/routed-examples.ts'
import { baselines } from '../../routers/baselines.ts'
import { fitRouter, type RoutedExample, shuffled } from '../../routers/fit-router.ts'
import { createRouter } from '../../routers/router.ts'
import { averageGapRecovered, type CurvePoint, escalatedFor, routingCurve } from '../../routers/routing-curve.ts'
import type { BenchContext, Figure } from '../bench.ts'
import { readPacked, sharedData } from './shared-data.ts'

const labels = 1500
const seeds = [101, 102, 103, 104, 105]
const ngramColumns = 32_768

/**
 * A router that sees the prompt alone, fitted to 1,500 outcomes of RouteLLM's MMLU set (Mixtral 8x7B, GPT-4) and measured on all others.
 * The published 0.603 comes from routers trained on other data, preferences of people; these are prompts of the same kind.
 */
export async function measureMmluRouting({ say }: BenchContext): Promise<readonly Figure[]> {
  const folder = sharedData('routellm', 'mmlu', 'responses')
  if (folder === undefined) {
    say('skipped: RouteLLM on MMLU, because routellm is not beside the checkout (set EDGEWISE_DATA)')
    return []
  }
  const examples = readExamples(folder)
  const runs = seeds.map((seed) => {
    say(`MMLU, draw ${seed} of ${labels} labels`)
    return measureDraw(examples, seed)
  })
  const of = (name: string) => runs.map((run) => run.get(name) ?? Number.NaN)
  const gap = of('router')
  return [
    { name: 'MMLU APGR, mean of 5 draws of 1,500 labels', value: mean(gap), unit: '', goal: '>= 0.66' },
    { name: '  least of them', value: Math.min(...gap), unit: '' },
    { name: '  most of them', value: Math.max(...gap), unit: '' },
    { name: '  random', value: mean(of('random')), unit: '' },
    { name: '  prompt length', value: mean(of('prompt length')), unit: '' },
    { name: '  oracle', value: mean(of('oracle')), unit: '' },
    { name: '  CPT50', value: 100 * mean(of('cpt50')), unit: '% escalated' },
    { name: '  CPT80', value: 100 * mean(of('cpt80')), unit: '% escalated' },
  ]
}

function readExamples(folder: string): readonly RoutedExample[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.csv'))
    .toSorted()
    .flatMap((name) => {
      const { weak, strong } = readRouteLlm(readPacked(join(folder, name)), name)
      return routedExamples(weak, strong)
    })
}

function measureDraw(examples: readonly RoutedExample[], seed: number): ReadonlyMap<string, number> {
  const random = createSeededRandom(seed)
  const mixed = shuffled(examples, random)
  const seen = mixed.slice(0, labels)
  const unseen = mixed.slice(labels)
  const choice = { readsText: false, readsLogprobs: false, ngramColumns }
  const { confidence } = createRouter(fitRouter({ examples: seen, choice, random }).router)
  const curve = routingCurve(
    unseen,
    unseen.map(({ draft }) => confidence(draft)),
  )
  return new Map([
    ['router', averageGapRecovered(curve) ?? Number.NaN],
    ['cpt50', gapShare(curve, 0.5)],
    ['cpt80', gapShare(curve, 0.8)],
    ...baselines(unseen).map((line) => [line.name, averageGapRecovered(line.curve) ?? Number.NaN] as const),
  ])
}

function gapShare(curve: readonly CurvePoint[], recovered: number): number {
  const [weak, strong] = [curve[0]?.quality ?? 0, curve.at(-1)?.quality ?? 0]
  return escalatedFor(curve, weak + recovered * (strong - weak)) ?? 1
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

import { createSeededRandom } from '../../src/engines/generation/seeded-random.ts'
import type { RoutedExample } from '../../src/routers/fit-router.ts'

/** Made-up rows: an unsure draft is mostly wrong, a question about ships is mostly too hard, and the cloud is nearly always right. */
export function madeUpExamples(count: number, seed = 1): readonly RoutedExample[] {
  const random = createSeededRandom(seed)
  return Array.from({ length: count }, (_, index) => {
    const sure = random()
    const isHard = random() < 0.3
    const right = random() < (isHard ? 0.15 : 0.2 + 0.78 * sure)
    const logprob = Math.log(0.3 + 0.69 * sure)
    const prompt = `${isHard ? 'ship' : 'train'} number ${index} please`
    const tokens = ['an', 'swer'].map((token) => ({ token, logprob, runnerUp: Math.log(0.7 - 0.69 * sure) }))
    return { draft: { prompt, text: 'answer', tokens }, local: Number(right), cloud: Number(random() < 0.95) }
  })
}

import type { Bench } from '../bench.ts'
import { measureBundledCascade } from './bundled-cascade.ts'
import { measureGsmCascades } from './gsm-cascade.ts'
import { measureMixedCascade } from './mixed-cascade.ts'
import { measureMmluRouting } from './mmlu-routing.ts'

/** What calibrated cascades and routers keep of the big model's quality, beside chance, prompt length and the oracle. */
export const cascadeBench: Bench = {
  name: 'cascade',
  summary: 'quality and local share of calibrated cascades: bundled pair, recorded GSM8K, RouteLLM MMLU',
  async run(context) {
    return [
      ...(await measureBundledCascade(context)),
      ...(await measureMixedCascade(context)),
      ...(await measureGsmCascades(context)),
      ...(await measureMmluRouting(context)),
    ]
  },
}

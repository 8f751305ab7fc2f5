import type { Bench } from '../bench.ts'
import { measureOwnSet } from './own-set.ts'
import { measurePublicSets } from './public-sets.ts'
import { measureSpeed } from './speed-figures.ts'

/** How well personal data is found, and how fast: on public sets, or with `--data` on somebody's own. */
export const privacyBench: Bench = {
  name: 'privacy',
  summary:
    'personal data found: precision, recall, F1, F2 by class, false findings, speed; --data PATH [--mapping FILE] for your own set, --names FOLDER|none for another name model',
  async run(context) {
    const { data } = context
    if (data !== undefined) return measureOwnSet({ ...context, data })
    return [...(await measurePublicSets(context)), ...(await measureSpeed(context))]
  },
}

import { createDetector } from '../../privacy/detector.ts'
import type { Bench } from '../bench.ts'
import { compare } from './compare.ts'
import { measurePublicSets } from './public-sets.ts'
import { qualityFigures } from './quality-figures.ts'
import { readMapping } from './sets/class-mapping.ts'
import { readAnnotated } from './sets/read-annotated.ts'
import { measureSpeed } from './speed-figures.ts'

/** How well personal data is found, and how fast: on public sets, or with `--data` on somebody's own. */
export const privacyBench: Bench = {
  name: 'privacy',
  summary:
    'recognizers: precision, recall, F1, F2 by class, false findings, speed; --data PATH [--mapping FILE] for your own set',
  async run(context) {
    const { data, mapping, say } = context
    if (data === undefined) return [...measurePublicSets(context), ...measureSpeed(context)]
    const { comparisons, unknownClasses } = compare(readAnnotated(data), {
      detector: createDetector(),
      mapping: readMapping(mapping),
    })
    if (unknownClasses.length > 0) say(`counted neither way, for want of a mapping: ${unknownClasses.join(', ')}`)
    return qualityFigures(data, comparisons)
  },
}

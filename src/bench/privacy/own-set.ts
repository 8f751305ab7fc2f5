import { openDetectors } from '../../edge/presets/open-detectors.ts'
import type { Figure } from '../bench.ts'
import { compare } from './compare.ts'
import { qualityFigures } from './quality-figures.ts'
import { readMapping } from './sets/class-mapping.ts'
import { readAnnotated } from './sets/read-annotated.ts'
import { setFault } from './sets/set-fault.ts'

export interface OwnSetOptions {
  /** JSON lines, JSON of presidio-research, or a folder in brat's format. */
  readonly data: string
  /** JSON file from foreign classes to ours. */
  readonly mapping?: string
  /** Folder of a name model, or `none`; absent: the bundled one. */
  readonly names?: string
  readonly say: (line: string) => void
}

/** How well personal data is found in somebody's own annotated set. Throws `invalid-request` and `config-invalid` for files that cannot be read. */
export async function measureOwnSet({ data, mapping, names, say }: OwnSetOptions): Promise<readonly Figure[]> {
  const texts = readAnnotated(data)
  const known = readMapping(mapping)
  if (texts.every(({ spans }) => spans.length === 0))
    throw setFault(`${data}: nothing is marked in any of its ${texts.length} texts, so there is nothing to score.`)
  await using detectors = await openDetectors(names)
  say(`${texts.length} texts, ${detectors.label}`)
  const { comparisons, unknownClasses } = await compare(texts, { detector: detectors.detector(), mapping: known })
  if (unknownClasses.length > 0) say(`counted neither way, for want of a mapping: ${unknownClasses.join(', ')}`)
  return qualityFigures(data, comparisons)
}

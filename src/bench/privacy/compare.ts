import type { TextDetector } from '../../privacy/guard/inspect.ts'
import { detectInBatches } from './detect-in-batches.ts'
import type { Comparison } from './score.ts'
import type { AnnotatedText } from './sets/annotated-text.ts'
import type { ClassMapping } from './sets/class-mapping.ts'

/** Runs a detector over annotated texts. Classes that the mapping does not know count as ignored and are told. */
export async function compare(
  texts: readonly AnnotatedText[],
  { detector, mapping }: { readonly detector: TextDetector; readonly mapping: ClassMapping },
): Promise<{ readonly comparisons: readonly Comparison[]; readonly unknownClasses: readonly string[] }> {
  const unknown = new Set<string>()
  const found = await detectInBatches(
    detector,
    texts.map(({ text }) => text),
  )
  const comparisons = texts.map(({ spans }, index) => {
    const mapped = spans.map(({ start, end, entity }) => {
      const ours = mapping[entity]
      if (ours === undefined) unknown.add(entity)
      return { start, end, entity: ours ?? undefined }
    })
    return {
      found: found[index] ?? [],
      marked: mapped.flatMap(({ entity, ...span }) => (entity === undefined ? [] : [{ ...span, entity }])),
      ignored: mapped.filter(({ entity }) => entity === undefined),
    }
  })
  return { comparisons, unknownClasses: [...unknown] }
}

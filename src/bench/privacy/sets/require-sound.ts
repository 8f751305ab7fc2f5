import type { AnnotatedText } from './annotated-text.ts'
import { setFault } from './set-fault.ts'

/** Throws `config-invalid` for a stretch that is empty or not within its text; `where` names file and place. */
export function requireSound(annotated: AnnotatedText, where: (span: number) => string): AnnotatedText {
  const { text, spans } = annotated
  for (const [index, { start, end }] of spans.entries()) {
    if (start >= 0 && start < end && end <= text.length) continue
    throw setFault(`${where(index)}: the stretch from ${start} to ${end} is not within its text of ${text.length}.`)
  }
  return annotated
}

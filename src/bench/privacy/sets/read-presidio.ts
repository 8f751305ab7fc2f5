import { z } from 'zod'
import { EdgewiseError } from '../../../spec/errors.ts'
import type { AnnotatedText } from './annotated-text.ts'

const samples = z.array(
  z.object({
    full_text: z.string(),
    template_id: z.number().nullish(),
    spans: z.array(z.object({ entity_type: z.string(), start_position: z.int(), end_position: z.int() })),
  }),
)

/** Reads the JSON of presidio-research. Its positions count code points. Throws `invalid-request`. */
export function readPresidio(source: string): readonly AnnotatedText[] {
  const parsed = samples.safeParse(JSON.parse(source))
  if (!parsed.success) {
    throw new EdgewiseError('invalid-request', 'This is not the JSON of presidio-research: full_text and spans.', {
      cause: parsed.error,
    })
  }
  return parsed.data.map(({ full_text: text, template_id: template, spans }) => {
    const unit = unitOfCodePoint(text)
    return {
      text,
      spans: spans.map(({ entity_type: entity, start_position: start, end_position: end }) => {
        return { entity, start: unit(start), end: unit(end) }
      }),
      ...(typeof template === 'number' && { template }),
    }
  })
}

/** Where the n-th code point of a text begins, in UTF-16 units. */
export function unitOfCodePoint(text: string): (codePoint: number) => number {
  if (!/[\ud800-\udbff]/.test(text)) return (codePoint) => codePoint
  const units = [0]
  for (const character of text) units.push((units.at(-1) ?? 0) + character.length)
  return (codePoint) => units[codePoint] ?? text.length
}

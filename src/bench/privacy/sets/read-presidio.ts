import { z } from 'zod'
import { EdgewiseError } from '../../../spec/errors.ts'
import type { AnnotatedText } from './annotated-text.ts'
import { requireSound } from './require-sound.ts'

const samples = z.array(
  z.object({
    full_text: z.string(),
    template_id: z.number().nullish(),
    spans: z.array(z.object({ entity_type: z.string(), start_position: z.int(), end_position: z.int() })),
  }),
)

/** Reads the JSON of presidio-research. Its positions count code points. Throws `invalid-request` or `config-invalid` that names the file. */
export function readPresidio(source: string, path: string): readonly AnnotatedText[] {
  return parsed(source, path).map(({ full_text: text, template_id: template, spans }, index) => {
    const unit = unitOfCodePoint(text)
    const annotated = {
      text,
      spans: spans.map(({ entity_type: entity, start_position: start, end_position: end }) => {
        return { entity, start: unit(start), end: unit(end) }
      }),
      ...(typeof template === 'number' && { template }),
    }
    return requireSound(annotated, () => `${path}, text ${index + 1}`)
  })
}

function parsed(source: string, path: string) {
  try {
    return samples.parse(JSON.parse(source))
  } catch (cause) {
    const message = `${path} is not the JSON of presidio-research: full_text and spans.`
    throw new EdgewiseError('invalid-request', message, { cause })
  }
}

/** Where the n-th code point of a text begins, in UTF-16 units; behind its end for one that it does not have. */
export function unitOfCodePoint(text: string): (codePoint: number) => number {
  if (!/[\ud800-\udbff]/.test(text)) return (codePoint) => codePoint
  const units = [0]
  for (const character of text) units.push((units.at(-1) ?? 0) + character.length)
  return (codePoint) => units[codePoint] ?? text.length + codePoint - units.length + 1
}

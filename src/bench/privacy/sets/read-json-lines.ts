import { z } from 'zod'
import { EdgewiseError } from '../../../spec/errors.ts'
import type { AnnotatedText } from './annotated-text.ts'

const line = z.object({
  text: z.string(),
  spans: z.array(z.object({ start: z.int().min(0), end: z.int().min(0), entity: z.string() })),
})

/** Reads lines of `{text, spans: [{start, end, entity}]}`. Throws `invalid-request` that names the line. */
export function readJsonLines(source: string): readonly AnnotatedText[] {
  return source.split('\n').flatMap((written, index) => {
    if (written.trim() === '') return []
    try {
      return [line.parse(JSON.parse(written))]
    } catch (cause) {
      throw new EdgewiseError('invalid-request', `Line ${index + 1} is not {text, spans: [{start, end, entity}]}.`, {
        cause,
      })
    }
  })
}

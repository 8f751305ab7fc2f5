import { z } from 'zod'
import { EdgewiseError } from '../../../spec/errors.ts'
import type { AnnotatedText } from './annotated-text.ts'
import { requireSound } from './require-sound.ts'

const line = z.object({
  text: z.string(),
  spans: z.array(z.object({ start: z.int().min(0), end: z.int().min(0), entity: z.string() })),
})

/** Reads lines of `{text, spans: [{start, end, entity}]}`. Throws `invalid-request` or `config-invalid` that names file and line. */
export function readJsonLines(source: string, path: string): readonly AnnotatedText[] {
  return source.split('\n').flatMap((written, index) => {
    if (written.trim() === '') return []
    return [requireSound(parsed(written, `${path}:${index + 1}`), () => `${path}:${index + 1}`)]
  })
}

function parsed(written: string, where: string): AnnotatedText {
  try {
    return line.parse(JSON.parse(written))
  } catch (cause) {
    throw new EdgewiseError('invalid-request', `${where} is not {text, spans: [{start, end, entity}]}.`, { cause })
  }
}

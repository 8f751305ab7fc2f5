import { EdgewiseError } from '../../../spec/errors.ts'
import type { Recognizer } from '../recognizer.ts'
import { type CustomRecognizer, customRecognizers } from './custom-recognizers.ts'
import { dictionaryRecognizer } from './dictionary-recognizer.ts'
import { jsonFieldRecognizer } from './json-field-recognizer.ts'
import { patternRecognizer } from './pattern-recognizer.ts'

/** Recognizers from a policy. Throws `config-invalid` that names the recognizer, the key and, for a pattern, the character at fault. */
export function compileCustomRecognizers(custom: readonly CustomRecognizer[]): readonly Recognizer[] {
  const parsed = customRecognizers.safeParse(custom)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const path = issue?.path ?? []
    const name = typeof path[0] === 'number' ? custom[path[0]]?.name : undefined
    throw new EdgewiseError(
      'config-invalid',
      `Custom recognizer ${name ?? String(path[0] ?? '')} cannot be used: ${path.slice(1).map(String).join('.')}: ${issue?.message ?? 'invalid'}.`,
      { cause: parsed.error },
    )
  }
  return parsed.data.map(compile)
}

function compile(custom: CustomRecognizer): Recognizer {
  switch (custom.kind) {
    case 'pattern':
      return patternRecognizer(custom)
    case 'dictionary':
      return dictionaryRecognizer(custom)
    case 'json-field':
      return jsonFieldRecognizer(custom)
    default:
      return custom satisfies never
  }
}

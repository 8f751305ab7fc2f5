import { EdgewiseError } from '../spec/errors.ts'

/** A field whose meaning cannot be honoured: the values that ask for nothing, and what to do instead of any other. */
export interface RefusedField {
  readonly isHarmless: (value: unknown) => boolean
  readonly instead: string
}

export interface FieldRules {
  readonly honoured: ReadonlySet<string>
  /** Fields that change nothing in the answer wherever it is made; accepted without a word. */
  readonly harmless: ReadonlySet<string>
  readonly refused: ReadonlyMap<string, RefusedField>
}

/** Longest list of ignored fields, and of one name: they end up in a header. */
const maxNames = 32
const plainName = /^[\w.-]{1,64}$/

/** Names of the fields that have no effect, fit for a header. Null means absent. Throws `unsupported-field` for one whose meaning would be lost. */
export function sortFieldsBy({ honoured, harmless, refused }: FieldRules, body: object): readonly string[] {
  const ignored: string[] = []
  for (const [name, value] of Object.entries(body)) {
    if (value === null) continue
    const rule = refused.get(name)
    if (rule !== undefined) {
      if (rule.isHarmless(value)) continue
      throw new EdgewiseError('unsupported-field', `${name} cannot be honoured; ${rule.instead}`, { param: name })
    }
    if (honoured.has(name) || harmless.has(name) || ignored.length >= maxNames) continue
    ignored.push(plainName.test(name) ? name : '(unprintable)')
  }
  return ignored
}

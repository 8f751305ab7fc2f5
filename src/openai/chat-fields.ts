import { EdgewiseError } from '../spec/errors.ts'
import { chatSchema } from './chat-schema.ts'

/**
 * Fields whose meaning cannot be honoured yet, each with the test for a value that asks for nothing and what to do instead.
 * Ignoring one of them would change the answer without a word, so it is refused.
 */
const refused: ReadonlyMap<string, { readonly isHarmless: (value: unknown) => boolean; readonly instead: string }> =
  new Map([
    ['n', { isHarmless: (value) => value === 1, instead: 'send one request per answer' }],
    ['best_of', { isHarmless: (value) => value === 1, instead: 'leave it out' }],
    ['modalities', { isHarmless: isTextOnly, instead: 'ask for text' }],
    ['audio', { isHarmless: isEmpty, instead: 'ask for text' }],
    ['functions', { isHarmless: isEmpty, instead: 'use tools' }],
    ['function_call', { isHarmless: (value) => value === 'none', instead: 'use tool_choice' }],
    ['prediction', { isHarmless: isEmpty, instead: 'leave it out' }],
    ['web_search_options', { isHarmless: () => false, instead: 'leave it out' }],
    ['moderation', { isHarmless: () => false, instead: 'leave it out' }],
    ['store', { isHarmless: (value) => value === false, instead: 'leave it out or send false' }],
  ])

/** Fields that change nothing in the answer wherever it is made; accepted without a word. */
const harmless: ReadonlySet<string> = new Set([
  'user',
  'metadata',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
])

const honoured: ReadonlySet<string> = new Set(Object.keys(chatSchema.shape))

/** Longest list of ignored fields, and of one name: they end up in a header. */
const maxNames = 32
const plainName = /^[\w.-]{1,64}$/

/** Names of the fields that have no effect here, fit for a header. Throws `unsupported-field` for one whose meaning would be lost. */
export function sortFields(body: object): readonly string[] {
  let ignored: string[] | undefined
  for (const [name, value] of Object.entries(body)) {
    if (value === null) continue
    const rule = refused.get(name)
    if (rule !== undefined) {
      if (!rule.isHarmless(value)) throw unsupported(name, `${name} cannot be honoured; ${rule.instead}`)
    } else if (!honoured.has(name) && !harmless.has(name)) {
      ignored ??= []
      if (ignored.length < maxNames) ignored.push(plainName.test(name) ? name : '(unprintable)')
    }
  }
  return ignored ?? []
}

/** The refusal of a field that is well-formed and understood, but cannot be honoured. */
export function unsupported(param: string, message: string): EdgewiseError {
  return new EdgewiseError('unsupported-field', message, { param })
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function isTextOnly(value: unknown): boolean {
  return Array.isArray(value) && value.every((modality) => modality === 'text')
}

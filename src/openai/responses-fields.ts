import { responsesSchema } from './responses-schema.ts'
import { type FieldRules, type RefusedField, sortFieldsBy } from './sort-fields.ts'

const rules: FieldRules = {
  honoured: new Set(Object.keys(responsesSchema.shape)),
  harmless: new Set(['prompt_cache_retention', 'prompt_cache_options', 'stream_options', 'max_tool_calls']),
  refused: new Map<string, RefusedField>([
    ['conversation', { isHarmless: () => false, instead: 'use previous_response_id' }],
    ['prompt', { isHarmless: () => false, instead: 'there are no stored prompts here: send input and instructions' }],
    ['context_management', { isHarmless: () => false, instead: 'shorten the input' }],
    ['moderation', { isHarmless: () => false, instead: 'leave it out' }],
    [
      'service_tier',
      { isHarmless: (value) => value === 'auto' || value === 'default', instead: 'leave it out or send auto' },
    ],
    ['truncation', { isHarmless: (value) => value === 'disabled', instead: 'shorten the input' }],
  ]),
}

/** Names of the fields of a request that have no effect. Throws `unsupported-field` for one whose meaning would be lost. */
export function sortResponsesFields(body: object): readonly string[] {
  return sortFieldsBy(rules, body)
}

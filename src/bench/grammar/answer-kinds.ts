import type { InferenceRequest } from '../../spec/request.ts'

/** What is asked of the same model with the same prompt. `new schema`: one that the engine has not seen; `known schema`: the same again. */
export const answerKinds = ['free text', 'new schema', 'known schema'] as const
export type AnswerKind = (typeof answerKinds)[number]

/** A greedy request of the kind. Its answer cannot end before `tokens` tokens, for the schema asks for an array of 24 objects. */
export function requestOf(kind: AnswerKind, { schema, tokens }: { schema: number; tokens: number }): InferenceRequest {
  const request: InferenceRequest = {
    id: 'bench',
    model: 'bench',
    messages: [{ role: 'user', content: 'Question: what is cherubism and how is it inherited by children' }],
    sampling: { temperature: 0, topK: 0, topP: 1 },
    stop: [],
    maxTokens: tokens,
  }
  if (kind === 'free text') return request
  return { ...request, responseFormat: { type: 'json_schema', name: 'list', schema: schemaOf(schema) } }
}

/** Strings, numbers, words of a list and lists, as extracted records have them. Another number makes another schema. */
function schemaOf(number: number): Readonly<Record<string, unknown>> {
  const properties = {
    intent: { enum: ['PlayMusic', 'GetWeather', 'BookRestaurant', 'RateBook'] },
    artist: { type: 'string', maxLength: 40 },
    [`count_${number}`]: { type: 'integer', minimum: 0, maximum: 500 },
    score: { type: 'number', minimum: 0, maximum: 1 },
    tags: { type: 'array', items: { type: 'string' }, maxItems: 3 },
    note: { type: ['string', 'null'] },
  }
  return {
    type: 'array',
    minItems: 24,
    items: { type: 'object', properties, required: Object.keys(properties), additionalProperties: false },
  }
}

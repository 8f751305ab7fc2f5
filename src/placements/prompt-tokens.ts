import type { InferenceRequest } from '../spec/request.ts'

/** Characters that one token stands for, on average, in English text. Good enough to predict a time; never used to count. */
const charactersPerToken = 4

/** A guess at the number of prompt tokens, without a tokenizer. */
export function promptTokens(request: InferenceRequest): number {
  let characters = 0
  for (const { content } of request.messages) {
    if (typeof content === 'string') characters += content.length
    else for (const part of content) if (part.type === 'text') characters += part.text.length
  }
  return Math.max(1, Math.ceil(characters / charactersPerToken))
}

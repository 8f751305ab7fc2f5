import type { InferenceRequest } from '../../spec/request.ts'

/** Tokens of a prompt without its tokenizer. */
export interface PromptTokens {
  /** It will hardly be more: every token of text has at least one byte. Images count with the most that providers take for one. */
  readonly most: number
  /** What to expect of ordinary text. */
  readonly likely: number
}

const bytesPerToken = 4
const mostPerImage = 4096
const likelyPerImage = 1000
/** Servers put instructions of their own before the tools. */
const mostForTools = 512

/** Counts without reading twice what may be megabytes. The names of JSON's fields stand for the tokens of the chat template. */
export function promptTokens({ messages, tools, responseFormat, answerSoFar }: InferenceRequest): PromptTokens {
  let images = 0
  const text = JSON.stringify({ messages, tools, responseFormat, answerSoFar }, (_key, value: unknown) => {
    if (!isImage(value)) return value
    images += 1
    return undefined
  })
  const bytes = Buffer.byteLength(text)
  const hasTools = tools !== undefined && tools.length > 0
  return {
    most: bytes + images * mostPerImage + (hasTools ? mostForTools : 0),
    likely: Math.ceil(bytes / bytesPerToken) + images * likelyPerImage,
  }
}

function isImage(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'image' && 'url' in value
}

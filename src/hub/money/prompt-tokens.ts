import type { ContentPart, InferenceRequest, Message } from '../../spec/request.ts'

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

/**
 * Counts without the images, which may be megabytes. The names of JSON's fields stand for the tokens of the chat template. Only the address of
 * an image in a message is left out: what looks like one in a schema is text to the model.
 */
export function promptTokens({ messages, tools, responseFormat, answerSoFar }: InferenceRequest): PromptTokens {
  const bytes = Buffer.byteLength(
    JSON.stringify({ messages: messages.map(withoutAddresses), tools, responseFormat, answerSoFar }),
  )
  const images = messages.reduce((sum, message) => sum + partsOf(message).filter(isImage).length, 0)
  const hasTools = tools !== undefined && tools.length > 0
  return {
    most: bytes + images * mostPerImage + (hasTools ? mostForTools : 0),
    likely: Math.ceil(bytes / bytesPerToken) + images * likelyPerImage,
  }
}

function withoutAddresses(message: Message): unknown {
  if (!partsOf(message).some(isImage)) return message
  return { ...message, content: partsOf(message).map((part) => (isImage(part) ? { ...part, url: '' } : part)) }
}

function partsOf({ content }: Message): readonly ContentPart[] {
  return typeof content === 'string' ? [] : content
}

function isImage({ type }: ContentPart): boolean {
  return type === 'image'
}

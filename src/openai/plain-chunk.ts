/** What of a chunk counts that brings text and nothing else. */
export interface PlainChunk {
  readonly id: string
  readonly text: string
}

/**
 * Reads a chunk that brings text to the one answer and nothing else, as nearly all do; gives undefined for any other, which the schema reads.
 * It reads nothing that the schema would read otherwise, for a tenth of the cost.
 */
export function readPlainChunk(chunk: unknown): PlainChunk | undefined {
  const { id, choices, usage, x_groq: xGroq } = fieldsOf(chunk)
  if (!isNothing(usage) || !isNothing(xGroq) || !Array.isArray(choices) || choices.length !== 1) return undefined
  const { index, delta, message, finish_reason: finishReason, logprobs } = fieldsOf(choices[0])
  if (index !== 0 || !isNothing(message) || !isNothing(finishReason) || !isNothing(logprobs)) return undefined
  const { content, refusal, reasoning, reasoning_content: reasoningContent, tool_calls: toolCalls } = fieldsOf(delta)
  if (typeof content !== 'string' || content === '') return undefined
  const isPlain = isNothing(refusal) && isNothing(reasoning) && isNothing(reasoningContent) && isNothing(toolCalls)
  return isPlain ? { id: typeof id === 'string' ? id : '', text: content } : undefined
}

type Fields = Readonly<Record<string, unknown>>

const none: Fields = {}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : none
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined
}

import type { ContentPart, InferenceRequest, Message, ResponseFormat, Tool } from '../spec/request.ts'
import { encodeSampling } from './chat-sampling.ts'

export { createUpstreamDecoder, type UpstreamDecoder } from './upstream-decoder.ts'

export interface UpstreamChatOptions {
  /** The upstream's own name of the model. */
  readonly model: string
  readonly stream: boolean
  /** The upstream can go on with a final assistant message; it is then told to. */
  readonly continuation?: boolean
}

/**
 * A request as body for any OpenAI-compatible server. Only widely known fields: `developer` becomes `system`, `max_tokens` stands for both
 * limits, what is not OpenAI's (`top_k`, `min_p`, `repetition_penalty`) is sent only when asked for; undefined fields vanish in JSON. Text that another model already gave becomes the final assistant message.
 */
export function encodeUpstreamChat(
  request: InferenceRequest,
  { model, stream, continuation = false }: UpstreamChatOptions,
): Record<string, unknown> {
  const { sampling, maxTokens, stop, topLogprobs, tools, toolChoice, responseFormat } = request
  const goesOn = continuation && request.answerSoFar !== undefined
  return {
    model,
    messages: encodeMessages(request),
    stream,
    stream_options: stream ? { include_usage: true } : undefined,
    ...encodeSampling(sampling),
    max_tokens: maxTokens,
    stop: stop.length > 0 ? stop : undefined,
    logprobs: topLogprobs === undefined ? undefined : true,
    top_logprobs: topLogprobs || undefined,
    tools: tools !== undefined && tools.length > 0 ? tools.map(encodeTool) : undefined,
    tool_choice: typeof toolChoice === 'object' ? { type: 'function', function: toolChoice } : toolChoice,
    parallel_tool_calls: request.parallelToolCalls === false ? false : undefined,
    response_format: responseFormat === undefined ? undefined : encodeResponseFormat(responseFormat),
    continue_final_message: goesOn ? true : undefined,
    add_generation_prompt: goesOn ? false : undefined,
  }
}

function encodeMessages({ messages, answerSoFar }: InferenceRequest): readonly object[] {
  const encoded = messages.map(encodeMessage)
  return answerSoFar === undefined ? encoded : [...encoded, { role: 'assistant', content: answerSoFar }]
}

function encodeMessage(message: Message): object {
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: message.content, ...named(message) }
    case 'user': {
      const { content } = message
      return {
        role: 'user',
        content: typeof content === 'string' ? content : content.map(encodePart),
        ...named(message),
      }
    }
    case 'assistant': {
      const calls = message.toolCalls ?? []
      if (calls.length === 0) return { role: 'assistant', content: message.content, ...named(message) }
      const toolCalls = calls.map(({ id, name, arguments: text }) => ({
        id,
        type: 'function',
        function: { name, arguments: text },
      }))
      const content = message.content === '' ? null : message.content
      return { role: 'assistant', content, tool_calls: toolCalls, ...named(message) }
    }
    case 'tool':
      return { role: 'tool', content: message.content, tool_call_id: message.toolCallId }
    default:
      return message satisfies never
  }
}

function named({ name }: { readonly name?: string }): { readonly name?: string } {
  return name === undefined ? {} : { name }
}

function encodePart(part: ContentPart): object {
  if (part.type === 'text') return part
  return {
    type: 'image_url',
    image_url: { url: part.url, ...(part.detail === undefined ? {} : { detail: part.detail }) },
  }
}

function encodeTool(tool: Tool): object {
  return { type: 'function', function: tool }
}

function encodeResponseFormat(format: ResponseFormat): object {
  if (format.type !== 'json_schema') return { type: format.type }
  const { type, ...rest } = format
  return { type, json_schema: rest }
}

import type { ContentPart, InferenceRequest, Message, ResponseFormat, Tool, ToolChoice } from '../../spec/request.ts'

/**
 * What a text of a request is. text: prose, or a JSON document. arguments: of a call, in JSON. schema: a JSON Schema. participant: somebody's name. identifier: of a tool or a format, where
 * only letters, digits, _ and - may stand. call-id: joins a tool's result to its call. image: an address, or the image itself.
 */
export type TextKind = 'text' | 'arguments' | 'schema' | 'participant' | 'identifier' | 'call-id' | 'image'
export type ReplaceText = (text: string, kind: TextKind) => string

/** A request with each of its texts that may travel replaced. What is not named here does not come along: a new field has to be judged first. */
export function mapTexts(request: InferenceRequest, replace: ReplaceText): InferenceRequest {
  const { messages, stop, tools, toolChoice, responseFormat, answerSoFar, ...others } = request
  const {
    id,
    model,
    sampling,
    maxTokens,
    topLogprobs,
    parallelToolCalls,
    rawPrompt,
    embedding,
    conversation,
    ...rest
  } = others
  const { deadlineAt, priority, isDetached, ...unknown } = rest
  // A field that is missing above is an error of this line's type.
  unknown satisfies Record<string, never>
  return {
    id,
    model,
    sampling,
    messages: messages.map((message) => mapMessage(message, replace)),
    stop: stop.map((text) => replace(text, 'text')),
    ...defined({ maxTokens, topLogprobs, parallelToolCalls, rawPrompt, embedding, conversation }),
    ...defined({ deadlineAt, priority, isDetached }),
    ...(tools === undefined ? {} : { tools: tools.map((tool) => mapTool(tool, replace)) }),
    ...(toolChoice === undefined ? {} : { toolChoice: mapToolChoice(toolChoice, replace) }),
    ...(responseFormat === undefined ? {} : { responseFormat: mapResponseFormat(responseFormat, replace) }),
    ...(answerSoFar === undefined ? {} : { answerSoFar: replace(answerSoFar, 'text') }),
  }
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** The fields that have a value. */
function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>
}

function mapMessage(message: Message, replace: ReplaceText): Message {
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: message.role, content: replace(message.content, 'text'), ...mapName(message, replace) }
    case 'user': {
      const { content } = message
      const mapped =
        typeof content === 'string' ? replace(content, 'text') : content.map((part) => mapPart(part, replace))
      return { role: 'user', content: mapped, ...mapName(message, replace) }
    }
    case 'assistant': {
      const { toolCalls } = message
      const calls = toolCalls?.map(({ id, name, arguments: text }) => {
        return { id: replace(id, 'call-id'), name: replace(name, 'identifier'), arguments: replace(text, 'arguments') }
      })
      const content = replace(message.content, 'text')
      return {
        role: 'assistant',
        content,
        ...(calls === undefined ? {} : { toolCalls: calls }),
        ...mapName(message, replace),
      }
    }
    case 'tool': {
      const { content, toolCallId } = message
      return { role: 'tool', content: replace(content, 'text'), toolCallId: replace(toolCallId, 'call-id') }
    }
    default:
      return message satisfies never
  }
}

function mapName({ name }: { readonly name?: string }, replace: ReplaceText): { readonly name?: string } {
  return name === undefined ? {} : { name: replace(name, 'participant') }
}

function mapPart(part: ContentPart, replace: ReplaceText): ContentPart {
  if (part.type === 'text') return { type: 'text', text: replace(part.text, 'text') }
  const { url, detail } = part
  return {
    type: 'image',
    url: replace(url, 'image'),
    ...(detail === undefined ? {} : { detail: replace(detail, 'text') }),
  }
}

function mapTool({ name, description, parameters, strict }: Tool, replace: ReplaceText): Tool {
  return {
    name: replace(name, 'identifier'),
    ...(description === undefined ? {} : { description: replace(description, 'text') }),
    ...(parameters === undefined ? {} : { parameters: mapSchema(parameters, replace) }),
    ...(strict === undefined ? {} : { strict }),
  }
}

function mapToolChoice(choice: ToolChoice, replace: ReplaceText): ToolChoice {
  return typeof choice === 'string' ? choice : { name: replace(choice.name, 'identifier') }
}

function mapResponseFormat(format: ResponseFormat, replace: ReplaceText): ResponseFormat {
  if (format.type !== 'json_schema') return format
  const { name, schema, strict } = format
  return {
    type: 'json_schema',
    name: replace(name, 'identifier'),
    schema: mapSchema(schema, replace),
    ...(strict === undefined ? {} : { strict }),
  }
}

type Schema = Readonly<Record<string, unknown>>

function mapSchema(schema: Schema, replace: ReplaceText): Schema {
  const text = JSON.stringify(schema)
  const replaced = replace(text, 'schema')
  return replaced === text ? schema : (JSON.parse(replaced) as Schema)
}

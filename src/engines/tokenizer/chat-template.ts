import { Template } from '@huggingface/jinja'
import { EdgewiseError } from '../../spec/errors.ts'
import type { ContentPart, Message, Tool } from '../../spec/request.ts'
import { type TokenizerFiles, tokenText } from './tokenizer-files.ts'
import { toolCallStart } from './tool-call-text.ts'
import { type PlacedMessage, withPlainTools } from './tool-messages.ts'

/** Writes messages in the form that a model was trained on. */
export interface ChatTemplate {
  /**
   * The prompt, up to where the model's answer begins. `protect` is applied to every text of the caller. Tools, calls and results are written
   * as the model knows them if it calls tools as `tool-call-text.ts` says, else as plain text.
   * Throws `invalid-request` naming the first message that the template does not accept.
   */
  render(messages: readonly Message[], protect: (text: string) => string, tools?: readonly Tool[]): string
}

/** A chat template from the files of a model. Throws `model-invalid` when there is none or it is no Jinja. */
export function createChatTemplate({
  chatTemplate,
  config,
}: Pick<TokenizerFiles, 'chatTemplate' | 'config'>): ChatTemplate {
  if (chatTemplate === undefined) {
    throw new EdgewiseError(
      'model-invalid',
      'the model has no chat template; put one into chat_template.jinja beside it',
    )
  }
  const template = parse(chatTemplate)
  const named = ['bos_token', 'eos_token', 'pad_token', 'unk_token'] as const
  const tokens = Object.fromEntries(named.map((name) => [name, tokenText(config[name]) ?? '']))
  const write = (messages: readonly object[], tools?: readonly object[]) =>
    template.render({ ...tokens, messages, ...(tools === undefined ? {} : { tools }), add_generation_prompt: true })
  const knowsTools = isToolTemplate(chatTemplate)
  const hasSystem = succeeds(() => write(['system', 'user'].map((role) => ({ role, content: 'x' }))))
  return {
    render(messages, protect, tools = []) {
      const placed = knowsTools
        ? messages.map((message, from): PlacedMessage => ({ message, from }))
        : withPlainTools({ messages, tools, hasSystem })
      const values = placed.map(({ message }) => templateMessage(message, protect))
      const known = knowsTools && tools.length > 0 ? tools.map((tool) => templateTool(tool, protect)) : undefined
      try {
        return write(values, known)
      } catch (cause) {
        throw refusal({ messages, placed, write: (count) => write(values.slice(0, count), known), chatTemplate, cause })
      }
    },
  }
}

/** True for a template that shows its model tools, and calls in the form that we read. */
function isToolTemplate(source: string): boolean {
  return /\btools\b/.test(source) && source.includes(toolCallStart) && !source.includes('<function=')
}

function parse(source: string): Template {
  try {
    return new Template(source)
  } catch (cause) {
    throw new EdgewiseError('model-invalid', 'the chat template of the model is no valid Jinja', { cause })
  }
}

/** A message under the names that chat templates know. `developer` is a newer word for `system`. */
function templateMessage(message: Message, protect: (text: string) => string): Record<string, unknown> {
  const content = protect(plainText(message.content))
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content }
    case 'user':
      return { role: 'user', content }
    case 'tool':
      return { role: 'tool', content, tool_call_id: protect(message.toolCallId) }
    case 'assistant':
      if (message.toolCalls === undefined || message.toolCalls.length === 0) return { role: 'assistant', content }
      return {
        role: 'assistant',
        content,
        tool_calls: message.toolCalls.map((call) => ({
          id: protect(call.id),
          type: 'function',
          function: { name: protect(call.name), arguments: protectedJson(call.arguments, protect) },
        })),
      }
    default:
      return message satisfies never
  }
}

function templateTool({ name, description, parameters = {} }: Tool, protect: (text: string) => string): object {
  const described = { name, ...(description === undefined ? {} : { description }), parameters }
  return { type: 'function', function: protectedValue(described, protect) }
}

/** Templates write the arguments of a call as JSON, so they must get the value; what is none stays text. */
function protectedJson(text: string, protect: (text: string) => string): unknown {
  try {
    return protectedValue(JSON.parse(text), protect)
  } catch {
    return protect(text)
  }
}

/** The same JSON value, each text in it protected. */
function protectedValue(value: unknown, protect: (text: string) => string): unknown {
  if (typeof value === 'string') return protect(value)
  if (Array.isArray(value)) return value.map((item) => protectedValue(item, protect))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [protect(key), protectedValue(item, protect)]))
}

function plainText(content: string | readonly ContentPart[]): string {
  if (typeof content === 'string') return content
  return content
    .map((part) => {
      if (part.type === 'text') return part.text
      throw new EdgewiseError('unsupported-field', 'this model reads text only; leave the image out', {
        param: 'messages',
      })
    })
    .join('')
}

interface Refused {
  readonly messages: readonly Message[]
  /** As they are rendered. */
  readonly placed: readonly PlacedMessage[]
  /** Renders only the first `count` of them. */
  write(count: number): string
  readonly chatTemplate: string
  readonly cause: unknown
}

function refusal({ messages, placed, write, chatTemplate, cause }: Refused): EdgewiseError {
  const refused = firstRefused(placed.length, (count) => succeeds(() => write(count)))
  const index = placed[refused]?.from ?? -1
  const place = index === -1 ? 'the messages' : `message ${index} (role ${messages[index]?.role})`
  // The template's own words are quoted only when they stand in it: anything else might carry the caller's text.
  const words = cause instanceof Error && chatTemplate.includes(cause.message) ? `: ${cause.message}` : ''
  return new EdgewiseError('invalid-request', `the chat template of the model does not accept ${place}${words}`, {
    param: index === -1 ? 'messages' : `messages[${index}]`,
  })
}

/** Index of the first message that the template does not accept, -1 when it takes them all. Halves: of thousands, few are rendered again. */
function firstRefused(messages: number, accepts: (count: number) => boolean): number {
  if (accepts(messages)) return -1
  let accepted = 0
  let refused = messages
  while (refused - accepted > 1) {
    const middle = (accepted + refused) >> 1
    if (accepts(middle)) accepted = middle
    else refused = middle
  }
  return refused - 1
}

function succeeds(action: () => unknown): boolean {
  try {
    action()
    return true
  } catch {
    return false
  }
}

import { EdgewiseError } from '../spec/errors.ts'
import { unsupported } from './chat-fields.ts'
import { imageUrl } from './image-url.ts'
import { type InputImage, type InputText, itemId, type ResponseItem } from './responses-items.ts'
import type { WireItem, WireItemContent, WireResponses } from './responses-schema.ts'

/** Items of stored responses that one request may refer to. */
const mostReferences = 256

export interface ReadInput {
  readonly items: readonly ResponseItem[]
  /** Kinds of items that were left out because no model here can use them. */
  readonly dropped: readonly string[]
}

/**
 * The input of a request as whole items with ids, references resolved. Half surrogate pairs become U+FFFD. Throws `unsupported-field` for items of
 * tools that do not exist here, and `context-exceeded` for more than 256 references.
 */
export async function readInput(
  input: WireResponses['input'],
  responseId: string,
  resolve: (itemId: string, param: string) => Promise<ResponseItem>,
): Promise<ReadInput> {
  if (typeof input === 'string') {
    const content = [{ type: 'input_text', text: input.toWellFormed() }] as const
    const id = itemId('message', responseId, 'in0')
    return { items: [{ id, type: 'message', role: 'user', status: 'completed', content }], dropped: [] }
  }
  refuseManyReferences(input)
  const items: ResponseItem[] = []
  const dropped = new Set<string>()
  for (const [index, item] of input.entries()) {
    if (item.type === 'reasoning') dropped.add('input.reasoning')
    else if (item.type === 'item_reference') items.push(await resolve(item.id, `input.${index}.id`))
    else items.push(readItem(item, responseId, index))
  }
  if (items.length > 0) return { items, dropped: [...dropped] }
  throw new EdgewiseError('invalid-request', 'input holds nothing but reasoning; send a message', { param: 'input' })
}

function refuseManyReferences(input: readonly WireItem[]): void {
  const count = input.filter(({ type }) => type === 'item_reference').length
  if (count <= mostReferences) return
  const message = `input has ${count} items of type item_reference; ${mostReferences} are allowed. Send the items themselves, or continue a response with previous_response_id`
  throw new EdgewiseError('context-exceeded', message, { param: 'input' })
}

function readItem(
  item: Exclude<WireItem, { type: 'reasoning' | 'item_reference' }>,
  responseId: string,
  index: number,
): ResponseItem {
  const path = `input.${index}`
  switch (item.type) {
    case 'message': {
      const id = item.id ?? itemId(item.type, responseId, `in${index}`)
      const content = `${path}.content`
      if (item.role === 'assistant') return assistantMessage(id, readText(item.content, content))
      const parts =
        item.role === 'user'
          ? readParts(item.content, content)
          : [{ type: 'input_text' as const, text: readText(item.content, content) }]
      return { id, type: 'message', role: item.role, status: 'completed', content: parts }
    }
    case 'function_call': {
      const { call_id, name, arguments: text } = item
      const id = item.id ?? itemId(item.type, responseId, `in${index}`)
      return { id, type: item.type, call_id, name, arguments: text.toWellFormed(), status: 'completed' }
    }
    case 'function_call_output': {
      const id = item.id ?? itemId(item.type, responseId, `in${index}`)
      const output = readText(item.output, `${path}.output`)
      return { id, type: item.type, call_id: item.call_id, output, status: 'completed' }
    }
    default:
      throw unsupported(`${path}.type`, `items of type ${item.type} belong to a tool that this server does not have`)
  }
}

function assistantMessage(id: string, text: string): ResponseItem {
  const content = [{ type: 'output_text', text, annotations: [], logprobs: [] }] as const
  return { id, type: 'message', role: 'assistant', status: 'completed', content }
}

function readText(content: WireItemContent, path: string): string {
  const parts = readParts(content, path).map((part, index) => {
    if (part.type === 'input_text') return part.text
    throw unsupported(`${path}.${index}`, 'only a message of the user may hold an image')
  })
  return parts.join('\n')
}

function readParts(content: WireItemContent, path: string): readonly (InputText | InputImage)[] {
  if (typeof content === 'string') return [{ type: 'input_text', text: content.toWellFormed() }]
  return content.map((part, index) => {
    switch (part.type) {
      case 'input_text':
      case 'output_text':
      case 'text':
        return { type: 'input_text', text: part.text.toWellFormed() }
      case 'refusal':
        return { type: 'input_text', text: part.refusal.toWellFormed() }
      case 'input_image': {
        const { image_url: url, detail } = part
        if (url === null || url === undefined)
          throw unsupported(`${path}.${index}`, 'an image needs image_url: there is no store of files here')
        const image_url = imageUrl(url, `${path}.${index}.image_url`)
        return { type: 'input_image', image_url, detail: detail ?? 'auto' }
      }
      default:
        throw unsupported(
          `${path}.${index}.type`,
          `content of type ${part.type} is not supported; send text or an image`,
        )
    }
  })
}

import type { ResponseBody } from '../../openai/responses-object.ts'
import { type ParsedResponses, parseResponsesRequest } from '../../openai/responses-request.ts'
import { createResponsesStreamEncoder } from '../../openai/responses-stream.ts'
import { ResponseWriter } from '../../openai/responses-writer.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { ResponseLog, StoredResponse } from '../../store/store.ts'
import type { NameConversation } from '../conversation.ts'
import type { EdgeDialect } from './dialect.ts'
import { createResponsesMemory } from './responses-memory.ts'

export interface ResponsesDialectOptions {
  readonly responses: ResponseLog
  /** False when this edge keeps no responses at all. */
  readonly keepsResponses: boolean
  readonly nameConversation: NameConversation
  /** Largest request body; what a request brings back of stored items may be no longer either. */
  readonly bodyBytes: number
}

/** `POST /v1/responses`. A response that is stored can be continued, by its own key, until it is deleted or expires. */
export function responsesDialect(options: ResponsesDialectOptions): EdgeDialect {
  const { responses, nameConversation } = options
  return {
    idPrefix: 'resp_',
    async parse(asked) {
      const { body, id, created, keyId } = asked
      const memory = createResponsesMemory({ responses, keyId, mostCharacters: options.bodyBytes })
      const parsed = await parseResponsesRequest({ body, id, created, memory })
      await memory.keepUsed()
      const { messages } = parsed.request
      // A conversation keeps the name it began with, whatever a header says: what is true of its beginning stays true.
      const conversation = parsed.request.conversation ?? asked.conversation ?? nameConversation({ keyId, messages })
      const isStored = shouldStore(parsed, options)
      const head = { ...parsed.head, store: isStored }
      const save = saveOnce(responses, (ended) => {
        const previousId = ended.previous_response_id ?? undefined
        return { id, keyId, conversation, previousId, body: ended, input: parsed.input }
      })
      const onEnd = (ended: ResponseBody) => {
        if (isStored) save(ended)
      }
      return {
        request: { ...parsed.request, conversation },
        stream: parsed.stream,
        ignoredFields: parsed.ignoredFields,
        whole(parts) {
          const writer = new ResponseWriter(head)
          for (const part of parts) writer.push(part)
          if (!writer.hasEnded) throw new EdgewiseError('internal', 'the answer ended without a finish part')
          const { body: ended } = writer
          onEnd(ended)
          return ended
        },
        encoder: () => createResponsesStreamEncoder({ head, onEnd }),
      }
    },
  }
}

/**
 * Saves the end of one answer, which each of its readers tells. The first end of the answer itself counts; that of a reader who could not stay stands
 * only until then, and whoever deleted it keeps it deleted.
 */
function saveOnce(responses: ResponseLog, row: (ended: ResponseBody) => StoredResponse) {
  let saved: 'nothing' | 'failure' | 'answer' = 'nothing'
  return (ended: ResponseBody): void => {
    const before = saved
    if (before === 'answer' || (before === 'failure' && ended.status === 'failed')) return
    saved = ended.status === 'failed' ? 'failure' : 'answer'
    const response = row(ended)
    if (before === 'nothing') responses.save(response)
    else replace(responses, response)
  }
}

function replace(responses: ResponseLog, response: StoredResponse): void {
  responses.find(response.id, response.keyId).then(
    (found) => {
      if (found !== undefined) responses.save(response)
    },
    // A store that cannot be read keeps what it has.
    () => {},
  )
}

function shouldStore({ store }: ParsedResponses, { keepsResponses }: ResponsesDialectOptions): boolean {
  if (keepsResponses) return store ?? true
  if (store !== true) return false
  const message = 'store cannot be true: this edge keeps no responses (edge.responses.keepDays is 0)'
  throw new EdgewiseError('unsupported-field', message, { param: 'store' })
}

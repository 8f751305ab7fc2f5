import type { ResponseBody } from '../../openai/responses-object.ts'
import { type ParsedResponses, parseResponsesRequest } from '../../openai/responses-request.ts'
import { createResponsesStreamEncoder } from '../../openai/responses-stream.ts'
import { ResponseWriter } from '../../openai/responses-writer.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { ResponseLog } from '../../store/store.ts'
import type { NameConversation } from '../conversation.ts'
import type { Dialect } from './dialect.ts'
import { createResponsesMemory } from './responses-memory.ts'

export interface ResponsesDialectOptions {
  readonly responses: ResponseLog
  /** False when this edge keeps no responses at all. */
  readonly keepsResponses: boolean
  readonly nameConversation: NameConversation
}

/** `POST /v1/responses`. A response that is stored can be continued, by its own key, until it is deleted or expires. */
export function responsesDialect(options: ResponsesDialectOptions): Dialect {
  const { responses, nameConversation } = options
  return {
    idPrefix: 'resp_',
    async parse(asked) {
      const { body, id, created, keyId } = asked
      const memory = createResponsesMemory({ responses, keyId })
      const parsed = await parseResponsesRequest({ body, id, created, memory })
      const { messages } = parsed.request
      // A conversation keeps the name it began with, whatever a header says: what is true of its beginning stays true.
      const conversation = parsed.request.conversation ?? asked.conversation ?? nameConversation({ keyId, messages })
      const isStored = shouldStore(parsed, options)
      const head = { ...parsed.head, store: isStored }
      const onEnd = (ended: ResponseBody) => {
        const previousId = ended.previous_response_id ?? undefined
        if (isStored) responses.save({ id, keyId, conversation, previousId, body: ended, input: parsed.input })
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

function shouldStore({ store }: ParsedResponses, { keepsResponses }: ResponsesDialectOptions): boolean {
  if (keepsResponses) return store ?? true
  if (store !== true) return false
  const message = 'store cannot be true: this edge keeps no responses (edge.responses.keepDays is 0)'
  throw new EdgewiseError('unsupported-field', message, { param: 'store' })
}

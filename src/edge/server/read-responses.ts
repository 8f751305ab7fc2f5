import type { ResponseBody, ResponseHead } from '../../openai/responses-object.ts'
import { type ParsedResponses, parseResponsesRequest } from '../../openai/responses-request.ts'
import type { InferenceRequest } from '../../spec/request.ts'
import type { ResponseLog, StoredResponse } from '../../store/store.ts'
import { type NameConversation, storedName } from '../conversation.ts'
import type { EdgeAsked } from './dialect.ts'
import { createResponsesMemory } from './responses-memory.ts'

export interface ReadResponsesOptions {
  readonly responses: ResponseLog
  readonly nameConversation: NameConversation
  /** Largest request body; what a request brings back of stored items may be no longer either. */
  readonly bodyBytes: number
}

/** A body of `POST /v1/responses`, understood, with what it goes on from. */
export interface ReadResponses {
  readonly parsed: ParsedResponses
  readonly request: InferenceRequest
  readonly conversation: string
  /** Its name in what is kept of the request. */
  readonly recordedConversation: string
  readonly head: ResponseHead
  /** What the store keeps of the response as it ended. */
  row(ended: ResponseBody): StoredResponse
}

/** Throws what is wrong with the request, and `not-found` for what it goes on from and is not kept. */
export async function readResponses(
  { body, id, created, keyId, conversation: wished }: Omit<EdgeAsked, 'mode'>,
  { responses, nameConversation, bodyBytes }: ReadResponsesOptions,
): Promise<ReadResponses> {
  const memory = createResponsesMemory({ responses, keyId, mostCharacters: bodyBytes })
  const parsed = await parseResponsesRequest({ body, id, created, memory })
  await memory.keepUsed()
  const { messages } = parsed.request
  // A conversation keeps the name it began with, whatever a header says: what is true of its beginning stays true.
  const conversation = parsed.request.conversation ?? wished ?? nameConversation({ keyId, messages })
  return {
    parsed,
    request: { ...parsed.request, conversation },
    conversation,
    recordedConversation: storedName(conversation, nameConversation, keyId),
    head: parsed.head,
    row(ended) {
      const previousId = ended.previous_response_id ?? undefined
      return { id, keyId, conversation, previousId, body: ended, input: parsed.input }
    },
  }
}

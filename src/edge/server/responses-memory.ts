import { type ResponseItem, responseIdOf } from '../../openai/responses-items.ts'
import type { ResponseBody } from '../../openai/responses-object.ts'
import type { ResponsesMemory } from '../../openai/responses-request.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { ResponseLog, StoredResponse } from '../../store/store.ts'

/** Responses that one conversation may have. */
const longestChain = 1000

export interface MemoryOptions {
  readonly responses: ResponseLog
  readonly keyId: string
}

/** What one key may remember of its responses. Whatever is read begins its time anew, so that no conversation loses its beginning. */
export function createResponsesMemory({ responses, keyId }: MemoryOptions): ResponsesMemory {
  return {
    async history(responseId, param) {
      const chain = await readChain(responseId, param, { responses, keyId })
      await responses.use(chain.map(({ id }) => id))
      const items = chain.toReversed().flatMap(itemsOf)
      return { items, conversation: chain[0]?.conversation ?? '' }
    },
    async item(itemId, param) {
      const response = await responses.find(responseIdOf(itemId, param), keyId)
      const item = response && itemsOf(response).find(({ id }) => id === itemId)
      if (response === undefined || item === undefined) throw gone(param, 'item')
      await responses.use([response.id])
      return item
    },
  }
}

/** The response and all that it goes back to, newest first. */
async function readChain(
  responseId: string,
  param: string,
  { responses, keyId }: MemoryOptions,
): Promise<readonly StoredResponse[]> {
  const chain: StoredResponse[] = []
  for (let id: string | undefined = responseId; id !== undefined; ) {
    const found: StoredResponse | undefined = await responses.find(id, keyId)
    if (found === undefined) throw gone(param, 'response')
    chain.push(found)
    id = found.previousId
    if (chain.length <= longestChain) continue
    const message = `${param} goes back more than ${longestChain} responses; begin a new conversation`
    throw new EdgewiseError('context-exceeded', message, { param })
  }
  return chain
}

/** What a stored response added to its conversation: what was asked, then what was answered. */
function itemsOf({ input, body }: StoredResponse): readonly ResponseItem[] {
  return [...inputItems({ input }), ...(body as ResponseBody).output]
}

/** The input items of a stored response, oldest first. */
export function inputItems({ input }: Pick<StoredResponse, 'input'>): readonly ResponseItem[] {
  return input as readonly ResponseItem[]
}

function gone(param: string, kind: 'item' | 'response'): EdgewiseError {
  const message = `${param}: no such ${kind} is kept here for this key, or one that it goes back to is gone (store: false, deleted, or expired after edge.responses.keepDays); send the whole input`
  return new EdgewiseError('not-found', message, { param })
}

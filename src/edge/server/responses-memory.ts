import { isFinal } from '../../openai/response-replay.ts'
import { type ResponseItem, responseIdOf } from '../../openai/responses-items.ts'
import type { ResponseBody } from '../../openai/responses-object.ts'
import type { ResponsesMemory } from '../../openai/responses-request.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { ResponseLog, StoredResponse } from '../../store/store.ts'

/** Responses that one conversation may have. */
const longestChain = 1000

/** Characters that may be read to find the allowed ones: a stored response also repeats fields of its request. */
const readFactor = 8

export interface MemoryOptions {
  readonly responses: ResponseLog
  readonly keyId: string
  /** Characters, as JSON, of all items that one request may bring back. */
  readonly mostCharacters: number
}

/** The memory of one request. */
export interface RequestMemory extends ResponsesMemory {
  /** Begins the time of all that was read anew, so that no conversation loses its beginning. */
  keepUsed(): Promise<void>
}

/** What one key may remember of its responses, for one request. Throws `context-exceeded` as soon as that is more than `mostCharacters`. */
export function createResponsesMemory({ responses, keyId, mostCharacters }: MemoryOptions): RequestMemory {
  const read = new Map<string, StoredResponse>()
  const sizes = new Map<ResponseItem, number>()
  let brought = 0
  let readCharacters = 0
  const refuseOver = (characters: number, most: number, param: string) => {
    if (characters <= most) return
    const message = `${param} goes over the ${mostCharacters} characters of stored items that one request may bring back (limits.bodyBytes); refer to less, or begin a new conversation`
    throw new EdgewiseError('context-exceeded', message, { param })
  }
  const find = async (id: string, param: string, kind: 'item' | 'response'): Promise<StoredResponse> => {
    const known = read.get(id)
    if (known !== undefined) return known
    const found = await responses.find(id, keyId)
    if (found === undefined) throw gone(param, kind)
    if (!isFinal(found.body as ResponseBody)) throw unfinished(param)
    read.set(id, found)
    readCharacters += JSON.stringify([found.input, found.body]).length
    refuseOver(readCharacters, readFactor * mostCharacters, param)
    return found
  }
  const bring = (item: ResponseItem, param: string) => {
    const size = sizes.get(item) ?? JSON.stringify(item).length
    sizes.set(item, size)
    brought += size
    refuseOver(brought, mostCharacters, param)
  }
  return {
    async history(responseId, param) {
      const chain: (readonly ResponseItem[])[] = []
      const first = await find(responseId, param, 'response')
      for (let next: StoredResponse | undefined = first; next !== undefined; ) {
        const items = itemsOf(next)
        for (const item of items) bring(item, param)
        chain.push(items)
        refuseLonger(chain.length, param)
        next = next.previousId === undefined ? undefined : await find(next.previousId, param, 'response')
      }
      return { items: chain.toReversed().flat(), conversation: first.conversation }
    },
    async item(itemId, param) {
      const response = await find(responseIdOf(itemId, param), param, 'item')
      const item = itemsOf(response).find(({ id }) => id === itemId)
      if (item === undefined) throw gone(param, 'item')
      bring(item, param)
      return item
    },
    async keepUsed() {
      if (read.size > 0) await responses.use([...read.keys()])
    },
  }
}

function refuseLonger(length: number, param: string): void {
  if (length <= longestChain) return
  const message = `${param} goes back more than ${longestChain} responses; begin a new conversation`
  throw new EdgewiseError('context-exceeded', message, { param })
}

/** What a stored response added to its conversation: what was asked, then what was answered. */
function itemsOf({ input, body }: StoredResponse): readonly ResponseItem[] {
  return [...inputItems({ input }), ...(body as ResponseBody).output]
}

/** The input items of a stored response, oldest first. */
export function inputItems({ input }: Pick<StoredResponse, 'input'>): readonly ResponseItem[] {
  return input as readonly ResponseItem[]
}

function unfinished(param: string): EdgewiseError {
  const message = `${param}: that background response is not completed yet; go on from it when it is`
  return new EdgewiseError('invalid-request', message, { param })
}

function gone(param: string, kind: 'item' | 'response'): EdgewiseError {
  const message = `${param}: no such ${kind} is kept here for this key, or one that it goes back to is gone (store: false, deleted, or expired after edge.responses.keepDays); send the whole input`
  return new EdgewiseError('not-found', message, { param })
}

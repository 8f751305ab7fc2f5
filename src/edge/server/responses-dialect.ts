import type { ResponseBody } from '../../openai/responses-object.ts'
import type { ParsedResponses } from '../../openai/responses-request.ts'
import { createResponsesStreamEncoder } from '../../openai/responses-stream.ts'
import { ResponseWriter } from '../../openai/responses-writer.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { ResponseLog, StoredResponse } from '../../store/store.ts'
import type { EdgeDialect } from './dialect.ts'
import { type ReadResponsesOptions, readResponses } from './read-responses.ts'

export interface ResponsesDialectOptions extends ReadResponsesOptions {
  /** False when this edge keeps no responses at all. */
  readonly keepsResponses: boolean
  /** A response that takes more, as JSON and with its input, is answered but not stored. */
  readonly mostResponseBytes: number
}

/** `POST /v1/responses`. A response that is stored can be continued, by its own key, until it is deleted or expires. */
export function responsesDialect(options: ResponsesDialectOptions): EdgeDialect {
  const { responses } = options
  return {
    idPrefix: 'resp_',
    async parse(asked) {
      const { parsed, request, row, head: repeated } = await readResponses(asked, options)
      const isStored = shouldStore(parsed, options)
      const head = { ...repeated, store: isStored }
      const save = saveOnce(responses, row)
      const onEnd = (ended: ResponseBody): ResponseBody => {
        if (!isStored) return ended
        save(ended)
        const bytes = bytesOf(ended) + bytesOf(parsed.input)
        return bytes <= options.mostResponseBytes ? ended : { ...ended, store: false }
      }
      return {
        request,
        stream: parsed.stream,
        ignoredFields: parsed.ignoredFields,
        whole(parts) {
          const writer = new ResponseWriter(head)
          for (const part of parts) writer.push(part)
          if (!writer.hasEnded) throw new EdgewiseError('internal', 'the answer ended without a finish part')
          return onEnd(writer.body)
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

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}

function shouldStore({ store }: ParsedResponses, { keepsResponses }: ResponsesDialectOptions): boolean {
  if (keepsResponses) return store ?? true
  if (store !== true) return false
  const message = 'store cannot be true: this edge keeps no responses (edge.responses.keepDays is 0)'
  throw new EdgewiseError('unsupported-field', message, { param: 'store' })
}

import type { Context } from 'hono'
import { z } from 'zod'
import { EdgewiseError } from '../../spec/errors.ts'
import type { InferenceMode } from '../../spec/policy.ts'
import type { ResponseLog, StoredResponse } from '../../store/store.ts'
import type { BackgroundAnswers } from '../background/background-answers.ts'
import type { AccessVariables } from './access.ts'
import { type AnswerRouteOptions, answering } from './answer-route.ts'
import { readAttempt } from './attempt.ts'
import { asksForBackground, backgroundRoutes } from './background-routes.ts'
import { readArrival } from './read-exchange.ts'
import { type ResponsesDialectOptions, responsesDialect } from './responses-dialect.ts'
import { inputItems } from './responses-memory.ts'

type ResponsesContext = Context<AccessVariables>

const page = z.object({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number from 1 to 100')
    .transform(Number)
    .pipe(z.int().min(1).max(100))
    .default(20),
  order: z.enum(['asc', 'desc']).default('desc'),
  after: z.string().max(128).optional(),
})

export interface ResponsesRoutesOptions extends AnswerRouteOptions, ResponsesDialectOptions {
  /** Requests that are answered later; absent: there is no queue for them. */
  readonly background?: BackgroundAnswers
  /** Of policy, for what names none. */
  readonly mode: InferenceMode
  /** Aborts when the edge takes no more requests. */
  readonly draining?: AbortSignal
}

/** `POST /v1/responses`, and routes over the stored responses of the key that asks. */
export function responsesRoutes(options: ResponsesRoutesOptions) {
  const { responses, background, clock, mode, coalescing, draining } = options
  const answer = answering(responsesDialect(options), options)
  const later =
    background === undefined
      ? undefined
      : backgroundRoutes({ background, clock, mode, ...(draining === undefined ? {} : { draining }) })
  return {
    async create(context: ResponsesContext): Promise<Response> {
      const attempt = coalescing === undefined ? undefined : readAttempt(context)
      const arrival = await readArrival(context, options)
      if (!asksForBackground(arrival.text)) return answer(context, arrival, attempt)
      try {
        if (later === undefined) throw noQueue()
        return await later.submit(arrival, attempt)
      } finally {
        arrival.release()
      }
    },
    async cancel(context: ResponsesContext): Promise<Response> {
      if (later === undefined) throw noQueue()
      return later.cancel(context)
    },
    async retrieve(context: ResponsesContext): Promise<Response> {
      if (later !== undefined) return later.retrieve(context)
      if (context.req.query('stream') === 'true') {
        throw new EdgewiseError('unsupported-field', 'stream cannot be honoured: a stored response is given whole', {
          param: 'stream',
        })
      }
      return Response.json((await find(context, responses)).body)
    },
    async remove(context: ResponsesContext): Promise<Response> {
      const id = context.req.param('id') ?? ''
      await background?.cancel(id, context.get('keyId'))
      if (!(await responses.remove(id, context.get('keyId')))) throw unknown(id)
      return context.json({ id, object: 'response', deleted: true })
    },
    async inputItems(context: ResponsesContext): Promise<Response> {
      const stored = await find(context, responses)
      return context.json(pageOf(stored, context))
    },
  }
}

async function find(context: ResponsesContext, responses: ResponseLog): Promise<StoredResponse> {
  const id = context.req.param('id') ?? ''
  const stored = await responses.find(id, context.get('keyId'))
  if (stored === undefined) throw unknown(id)
  return stored
}

function pageOf(stored: StoredResponse, { req }: ResponsesContext): object {
  const parsed = page.safeParse(req.query())
  if (!parsed.success) {
    const param = String(parsed.error.issues[0]?.path[0] ?? '')
    throw new EdgewiseError('invalid-request', `${param} must be ${expected[param] ?? 'something else'}`, { param })
  }
  const { limit, order, after } = parsed.data
  const items = order === 'asc' ? inputItems(stored) : inputItems(stored).toReversed()
  const start = after === undefined ? 0 : items.findIndex(({ id }) => id === after) + 1
  if (after !== undefined && start === 0) {
    throw new EdgewiseError('invalid-request', 'after names no input item of this response', { param: 'after' })
  }
  const data = items.slice(start, start + limit)
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? '',
    last_id: data.at(-1)?.id ?? '',
    has_more: start + limit < items.length,
  }
}

const expected: Readonly<Record<string, string>> = {
  limit: 'a whole number from 1 to 100',
  order: 'asc or desc',
  after: 'the id of an item',
}

function noQueue(): EdgewiseError {
  const message = 'background cannot be honoured: this edge keeps no responses (edge.responses.keepDays is 0)'
  return new EdgewiseError('unsupported-field', message, { param: 'background' })
}

function unknown(id: string): EdgewiseError {
  const named = JSON.stringify(id.slice(0, 100))
  return new EdgewiseError('not-found', `No response ${named} is kept here for this key.`, { param: 'response_id' })
}

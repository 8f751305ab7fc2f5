import type { Context } from 'hono'
import { parseJsonBody } from '../../openai/json-body.ts'
import type { ResponseBody } from '../../openai/responses-object.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { InferenceMode } from '../../spec/policy.ts'
import type { Clock } from '../../spec/ports.ts'
import type { BackgroundAnswers } from '../background/background-answers.ts'
import type { Attempt } from '../coalescing/join-keys.ts'
import type { AccessVariables } from './access.ts'
import { backgroundStream } from './background-stream.ts'
import type { Arrival } from './read-exchange.ts'

export interface BackgroundRoutesOptions {
  readonly background: BackgroundAnswers
  readonly clock: Clock
  /** Of policy, for a request that names none. */
  readonly mode: InferenceMode
  /** Aborts when the edge takes no more requests; absent: it never does. */
  readonly draining?: AbortSignal
}

type BackgroundContext = Context<AccessVariables>

/** Readers that may wait for the ends of responses at the same time. */
const mostStreams = 64

/** True for a body that asks to be answered later. What is wrong with it is told by whoever reads it. */
export function asksForBackground(text: string): boolean {
  // A name may be written with escapes.
  if (!text.includes('"background"') && !text.includes('\\u')) return false
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null && 'background' in body && body.background === true
  } catch {
    return false
  }
}

/** Requests that are answered later, and what becomes of them. */
export function backgroundRoutes({ background, clock, mode: usual, draining = never }: BackgroundRoutesOptions) {
  let streams = 0

  async function found(context: BackgroundContext): Promise<ResponseBody> {
    const id = context.req.param('id') ?? ''
    const body = await background.find(id, context.get('keyId'))
    if (body !== undefined) return body
    const message = `No response ${JSON.stringify(id.slice(0, 100))} is kept here for this key.`
    throw new EdgewiseError('not-found', message, { param: 'response_id' })
  }

  function streamed(body: ResponseBody, keyId: string, after: number): Response {
    if (streams >= mostStreams) {
      const message = `${mostStreams} streams of background responses are open already. Ask without stream, or later.`
      throw new EdgewiseError('overloaded', message, { retryAfterSeconds: 10 })
    }
    streams += 1
    const onOver = () => {
      streams -= 1
    }
    const stream = backgroundStream({ background, clock, body, keyId, after, draining, onOver })
    const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }
    return new Response(stream, { headers: { ...headers, ...placeOf(body) } })
  }

  return {
    async submit({ keyId, wishes, text }: Arrival, attempt: Attempt | undefined): Promise<Response> {
      const { mode, conversation, deadlineMs } = wishes
      const body = parseJsonBody({ text })
      const job = {
        version: 1 as const,
        keyId,
        body,
        ...(mode === undefined ? {} : { mode }),
        ...(conversation === undefined ? {} : { conversation }),
        ...(deadlineMs === undefined ? {} : { deadlineMs }),
      }
      const response = await background.submit(job, attempt ?? {}, mode ?? usual)
      const asksForStream = (body as { readonly stream?: unknown }).stream === true
      return asksForStream ? streamed(response, keyId, -1) : Response.json(response, { headers: placeOf(response) })
    },
    async retrieve(context: BackgroundContext): Promise<Response> {
      const body = await found(context)
      if (context.req.query('stream') !== 'true') return Response.json(body, { headers: placeOf(body) })
      if (!body.background) {
        const message = 'stream cannot be honoured: only a background response can be streamed again'
        throw new EdgewiseError('unsupported-field', message, { param: 'stream' })
      }
      return streamed(body, context.get('keyId'), startingAfter(context))
    },
    async cancel(context: BackgroundContext): Promise<Response> {
      const body = await found(context)
      if (!body.background) {
        const message = 'Only a background response can be cancelled; end the connection of another one.'
        throw new EdgewiseError('invalid-request', message, { param: 'response_id' })
      }
      return Response.json((await background.cancel(body.id, context.get('keyId'))) ?? body)
    },
  }
}

function startingAfter({ req }: BackgroundContext): number {
  const text = req.query('starting_after') ?? '-1'
  if (/^(-1|\d{1,9})$/.test(text)) return Number(text)
  const message = 'starting_after must be the sequence number of an event'
  throw new EdgewiseError('invalid-request', message, { param: 'starting_after' })
}

function placeOf({ id, edgewise, status }: ResponseBody): Record<string, string> {
  return {
    'x-edgewise-request-id': id,
    'x-edgewise-placement': edgewise?.placement ?? 'deferred',
    'x-edgewise-reason': edgewise?.reason ?? status,
  }
}

const never = new AbortController().signal

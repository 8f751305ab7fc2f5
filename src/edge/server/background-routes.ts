import type { Context } from 'hono'
import { parseJsonBody } from '../../openai/json-body.ts'
import { finalEvents, isFinal, queuedEvents } from '../../openai/response-replay.ts'
import type { ResponseBody } from '../../openai/responses-object.ts'
import type { ResponseEvent } from '../../openai/responses-writer.ts'
import { sseComment } from '../../openai/sse.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { InferenceMode } from '../../spec/policy.ts'
import type { Clock } from '../../spec/ports.ts'
import type { BackgroundAnswers } from '../background/background-answers.ts'
import type { Attempt } from '../coalescing/join-keys.ts'
import type { AccessVariables } from './access.ts'
import type { Arrival } from './read-exchange.ts'

export interface BackgroundRoutesOptions {
  readonly background: BackgroundAnswers
  readonly clock: Clock
  /** Of policy, for a request that names none. */
  readonly mode: InferenceMode
}

type BackgroundContext = Context<AccessVariables>

const keepAliveMs = 10_000

/** True for a body that asks to be answered later. What is wrong with it is told by whoever reads it. */
export function asksForBackground(text: string): boolean {
  if (!text.includes('"background"')) return false
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null && 'background' in body && body.background === true
  } catch {
    return false
  }
}

/** Requests that are answered later, and what becomes of them. */
export function backgroundRoutes({ background, clock, mode: usual }: BackgroundRoutesOptions) {
  async function found(context: BackgroundContext): Promise<ResponseBody> {
    const id = context.req.param('id') ?? ''
    const body = await background.find(id, context.get('keyId'))
    if (body !== undefined) return body
    const message = `No response ${JSON.stringify(id.slice(0, 100))} is kept here for this key.`
    throw new EdgewiseError('not-found', message, { param: 'response_id' })
  }

  function streamed(body: ResponseBody, keyId: string, after: number): Response {
    const events = eventsOf({ body, keyId, background, clock })
    const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }
    return new Response(sseOf(events, after), { headers: { ...headers, ...placeOf(body) } })
  }

  return {
    async submit({ keyId, wishes, text }: Arrival, attempt: Attempt | undefined): Promise<Response> {
      const { mode = usual, conversation, deadlineMs } = wishes
      const body = parseJsonBody({ text })
      const job = {
        version: 1 as const,
        keyId,
        mode,
        body,
        ...(conversation === undefined ? {} : { conversation }),
        ...(deadlineMs === undefined ? {} : { deadlineMs }),
      }
      const response = await background.submit(job, attempt)
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

interface EventsOptions extends Pick<BackgroundRoutesOptions, 'background' | 'clock'> {
  readonly body: ResponseBody
  readonly keyId: string
}

/** The events of a response from its first on; waits for its end. `undefined`: nothing has happened for a while. */
async function* eventsOf({ body, keyId, background, clock }: EventsOptions): AsyncGenerator<ResponseEvent | undefined> {
  yield* queuedEvents(body)
  const waiting = waitForEnd(background, body.id, clock)
  try {
    for (;;) {
      const now = await background.find(body.id, keyId)
      if (now === undefined) return
      if (isFinal(now)) {
        yield* finalEvents(now)
        return
      }
      if (!(await waiting.next())) yield undefined
    }
  } finally {
    waiting.stop()
  }
}

/** `next` resolves with true when the response may have ended, with false after a while. */
function waitForEnd(background: BackgroundAnswers, id: string, clock: Clock) {
  let hasEnded = false
  let tell = (_ended: boolean) => {}
  const stopListening = background.onEnd((ended) => {
    if (ended !== id) return
    hasEnded = true
    tell(true)
  })
  let cancel = () => {}
  return {
    next(): Promise<boolean> {
      if (hasEnded) {
        hasEnded = false
        return Promise.resolve(true)
      }
      return new Promise((resolve) => {
        tell = resolve
        cancel = clock.after(keepAliveMs, () => resolve(false))
      }).then((ended) => {
        cancel()
        return ended as boolean
      })
    },
    stop() {
      stopListening()
      cancel()
      tell(true)
    },
  }
}

function sseOf(events: AsyncGenerator<ResponseEvent | undefined>, after: number): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      for (;;) {
        const { done, value } = await events.next()
        if (done === true) return controller.close()
        if (value === undefined) return controller.enqueue(encoder.encode(sseComment()))
        if (value.sequence_number <= after) continue
        return controller.enqueue(encoder.encode(`event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`))
      }
    },
    async cancel() {
      await events.return(undefined)
    },
  })
}

function placeOf({ id, edgewise, status }: ResponseBody): Record<string, string> {
  return {
    'x-edgewise-request-id': id,
    'x-edgewise-placement': edgewise?.placement ?? 'deferred',
    'x-edgewise-reason': edgewise?.reason ?? status,
  }
}

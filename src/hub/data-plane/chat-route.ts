import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { chatDialect } from '../../openai/dialects/chat-dialect.ts'
import type { Dialect } from '../../openai/dialects/dialect.ts'
import { streamAnswer } from '../../openai/http/answer-stream.ts'
import { afterFirstPart } from '../../openai/http/first-part.ts'
import { readBody } from '../../openai/http/read-body.ts'
import { parseJsonBody } from '../../openai/json-body.ts'
import { admitSanitised } from '../../privacy/admit.ts'
import { detachedHeader } from '../../spec/detached.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { InferenceRequest } from '../../spec/request.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { HubConfig } from '../config.ts'
import type { CallerGate, Visit } from '../limits/caller-gate.ts'
import type { HubMetrics } from '../metrics.ts'
import type { Spending } from '../money/spending.ts'
import type { Pool } from '../pool.ts'
import type { HubVariables } from '../server/access.ts'
import { accountedAnswer } from './accounted-answer.ts'
import type { KeptAnswers } from './kept-answers.ts'
import { limitedSignal, requestSignal } from './request-signal.ts'
import type { RunningRequests } from './running-requests.ts'

export interface ChatRouteOptions {
  readonly pool: Pool
  readonly running: RunningRequests
  readonly gate: CallerGate
  readonly spending: Spending
  readonly metrics: HubMetrics
  readonly kept: KeptAnswers
  readonly clock: Clock
  readonly limits: HubConfig['limits']
  readonly newId: (prefix: string) => string
  /** Aborts when the hub no longer waits for running answers. */
  readonly shutdown: AbortSignal
}

type ChatContext = Context<HubVariables>

/** A stream's headers wait this long for its first part, so that an early failure becomes a real HTTP status. */
const headersWithinMs = 500
const keepAliveMs = 10_000

/** A route that answers in the given dialect over the pool: the whole answer as JSON, or as it comes. */
export function chatRoute(
  options: ChatRouteOptions,
  dialect: Dialect = chatDialect,
): (context: ChatContext) => Promise<Response> {
  const { running, gate, clock, limits, shutdown } = options
  return async (context) => {
    const deadline = readDeadline(context)
    const leave = running.enter()
    const { signal, over } = requestSignal({
      outgoing: context.env.outgoing,
      shutdown,
      limitMs: limits.requestMs,
      ...deadline,
      clock,
    })
    const leaving = leavingOnce(over, leave)
    const caller = context.get('caller')
    const visit = gate.enter(caller)
    leaving.also(() => visit.leave())
    const { request, call, detachedKey } = await readCall(context, dialect, options, signal)
    const parts =
      detachedKey === undefined
        ? answerOf({ request, caller, visit, signal }, options)
        : keptAnswer({ request, caller, visit, key: detachedKey, leaving }, options)
    if (!call.stream) {
      const all = await collected(parts, signal)
      return context.json(await call.whole(all))
    }
    const begun = await afterFirstPart({ parts, withinMs: headersWithinMs, clock })
    const body = streamAnswer({ parts: begun, encoder: call.encoder(), signal, keepAliveMs, clock })
    return context.body(body, 200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  }
}

interface Asking {
  readonly request: InferenceRequest
  readonly caller: string
  readonly visit: Visit
}

function answerOf(
  { request, caller, visit, signal }: Asking & { readonly signal: AbortSignal },
  options: ChatRouteOptions,
): AsyncIterable<StreamPart> {
  const { metrics, clock } = options
  const answering = accountedAnswer({ ...options, request: admitSanitised(request), caller, visit, signal })
  return metrics.measured(answering, { model: request.model, clock })
}

/** The answer to a request that goes on when its edge is gone; the places of its work are taken until that is over. */
function keptAnswer(
  { key, leaving, ...asking }: Asking & { readonly key: string; readonly leaving: Leaving },
  options: ChatRouteOptions,
): AsyncIterable<StreamPart> {
  const { kept, shutdown, limits, clock } = options
  const { id: _id, ...lasting } = asking.request
  const digest = createHash('sha256').update(JSON.stringify(lasting)).digest('hex')
  const { leave, giveBack } = leaving.takeOver()
  const begin = async function* (ended: AbortSignal) {
    const { signal, release } = limitedSignal({ shutdown, limitMs: limits.requestMs, clock })
    try {
      yield* answerOf({ ...asking, signal: AbortSignal.any([signal, ended]) }, options)
    } finally {
      release()
      leave()
    }
  }
  return kept.open({ caller: asking.caller, key, digest, begin, onNotBegun: giveBack })
}

interface Leaving {
  also(leave: () => void): void
  /** From now on whoever took over leaves the places. Throws `aborted` when the response is over, and they are left already. */
  takeOver(): TakenPlaces
}

interface TakenPlaces {
  leave(): void
  /** They belong to the response again. */
  giveBack(): void
}

/** Gives places back when the response is over, unless work goes on that needs them. */
function leavingOnce(over: Promise<void>, first: () => void): Leaving {
  const leaves = [first]
  let isTakenOver = false
  let isOver = false
  const leaveAll = () => {
    for (const leave of leaves.splice(0)) leave()
  }
  void over.then(() => {
    isOver = true
    if (!isTakenOver) leaveAll()
  })
  return {
    also: (leave) => void leaves.push(leave),
    takeOver() {
      if (isOver) throw new EdgewiseError('aborted', 'The client went away.')
      isTakenOver = true
      return {
        leave: leaveAll,
        giveBack() {
          isTakenOver = false
          if (isOver) leaveAll()
        },
      }
    },
  }
}

async function readCall(
  context: ChatContext,
  dialect: Dialect,
  { limits, newId, clock }: ChatRouteOptions,
  signal: AbortSignal,
) {
  const id = header(context, 'x-edgewise-request-id', /^[\w-]{1,100}$/) ?? newId(dialect.idPrefix)
  context.header('x-edgewise-request-id', id)
  const conversation = header(context, 'x-edgewise-conversation', /^[\x21-\x7e]{1,128}$/)
  const text = await readBody({ request: context.req.raw, maxBytes: limits.bodyBytes, signal })
  const created = Math.floor(clock.now() / 1000)
  const call = await dialect.parse({ body: parseJsonBody({ text }), id, created })
  const { request, ignoredFields } = call
  if (ignoredFields.length > 0) context.header('x-edgewise-ignored-fields', ignoredFields.join(', '))
  const named: InferenceRequest = conversation === undefined ? request : { ...request, conversation }
  return { request: named, call, detachedKey: readDetachedKey(context) }
}

function readDeadline(context: ChatContext): { readonly deadlineMs?: number } {
  const text = header(context, 'x-edgewise-deadline-ms', /^[1-9]\d{0,8}$/)
  return text === undefined ? {} : { deadlineMs: Number(text) }
}

/** The name of a request that goes on when its edge is gone. */
function readDetachedKey(context: ChatContext): string | undefined {
  if (header(context, detachedHeader, /^true$/) === undefined) return undefined
  const key = header(context, 'idempotency-key', /^[\x21-\x7e]{1,128}$/)
  if (key !== undefined) return key
  const message = `${detachedHeader} needs an Idempotency-Key, by which to ask for the answer again.`
  throw new EdgewiseError('invalid-request', message, { param: 'idempotency-key' })
}

function header(context: ChatContext, name: string, form: RegExp): string | undefined {
  const value = context.req.header(name)
  if (value === undefined || form.test(value)) return value
  throw new EdgewiseError('invalid-request', `Header ${name} must match ${form.source}.`, { param: name })
}

async function collected(parts: AsyncIterable<StreamPart>, signal: AbortSignal): Promise<readonly StreamPart[]> {
  try {
    const all: StreamPart[] = []
    for await (const part of parts) all.push(part)
    return all
  } catch (thrown) {
    throw signal.aborted ? signal.reason : thrown
  }
}

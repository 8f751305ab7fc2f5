import type { Context } from 'hono'
import type { AnswerReader } from '../coalescing/answer-reader.ts'
import type { Coalescing, EnterOptions } from '../coalescing/coalescer.ts'
import type { Attempt } from '../coalescing/join-keys.ts'
import type { AccessVariables } from './access.ts'
import type { AnswerRouteOptions } from './answer-route.ts'
import type { EdgeDialect } from './dialect.ts'
import { type Arrival, readExchange } from './read-exchange.ts'
import { composed, described, failed, streamed, streamForm } from './write-answer.ts'

export interface AttemptOptions {
  readonly context: Context<AccessVariables>
  readonly arrival: Arrival
  readonly attempt: Attempt
  readonly dialect: EdgeDialect
  readonly options: AnswerRouteOptions
  readonly coalescing: Coalescing
}

/** Answers a request that may be repeated, or may be a repetition: it joins the answer to the attempt before it, if that goes on or was whole. */
export async function answerAttempt(asked: AttemptOptions): Promise<Response> {
  const { context, arrival, attempt, options, coalescing } = asked
  const { keyId, text, wishes, signal } = arrival
  let entered: AnswerReader | undefined
  try {
    signal.throwIfAborted()
    const keys = coalescing.keysOf({ keyId, path: context.req.path, text, wishes, attempt })
    const make = () => makeShared(asked)
    const { reader, joins, wasWhole } = coalescing.coalescer.enter({ keys, attempt, signal, make })
    entered = reader
    const form = await reader.open()
    const joined: Record<string, string> = joins === 0 ? {} : { 'x-edgewise-joined': 'true' }
    if (joins > 0) coalescing.onJoin({ requestId: reader.requestId, joins, wasWhole })
    if (form !== undefined) {
      const headers = { ...form.headers, ...joined }
      const response = await streamed(reader, { ...form, headers }, arrival, options)
      reader.begins()
      return response
    }
    const whole = await reader.whole()
    arrival.release()
    return new Response(whole.text, { headers: { ...whole.headers, ...joined } })
  } catch (error) {
    throw failed(error, context, arrival, entered?.begun?.headers)
  }
}

function makeShared({ arrival, dialect, options }: AttemptOptions): ReturnType<EnterOptions['make']> {
  const { edge, openSignal, requestMs } = options
  return {
    bodyLength: arrival.text.length,
    // The deadline of an attempt ends its own wait; the work ends with the last one that waits for it.
    ends: openSignal({ limitMs: requestMs, limitCode: 'request-timeout' }),
    async begin(signal) {
      const read = await readExchange(arrival, dialect, options, signal)
      const { exchange, call } = read
      return {
        requestId: exchange.request.id,
        trace: exchange.trace,
        headers: described(read),
        isStream: call.stream,
        answer: edge.answer(exchange),
        whole: (parts, plan) => composed(read, plan, parts),
        stream: (plan) => streamForm(read, plan),
      }
    },
  }
}

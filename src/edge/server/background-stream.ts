import { finalEvents, isFinal, queuedEvents } from '../../openai/response-replay.ts'
import type { ResponseBody } from '../../openai/responses-object.ts'
import type { ResponseEvent } from '../../openai/responses-writer.ts'
import { sseComment } from '../../openai/sse.ts'
import type { Clock } from '../../spec/ports.ts'
import type { BackgroundAnswers } from '../background/background-answers.ts'

export interface BackgroundStreamOptions {
  readonly background: BackgroundAnswers
  readonly clock: Clock
  readonly body: ResponseBody
  readonly keyId: string
  /** Number of the last event that the reader has; -1: none. */
  readonly after: number
  /** Aborts when the edge takes no more requests. */
  readonly draining: AbortSignal
  /** Called once, when the stream is over or its reader left. */
  readonly onOver: () => void
}

const keepAliveMs = 10_000

/** The events of a background response behind one, as server-sent events; waits for its end. A stream that the edge has to end says so. */
export function backgroundStream(options: BackgroundStreamOptions): ReadableStream<Uint8Array> {
  const left = new AbortController()
  const events = eventsOf(options, left.signal)
  const encoder = new TextEncoder()
  let isOver = false
  const over = () => {
    if (!isOver) options.onOver()
    isOver = true
  }
  return new ReadableStream({
    async pull(controller) {
      for (;;) {
        const { done, value } = await events.next()
        if (done === true) {
          over()
          return controller.close()
        }
        if (value === undefined) return controller.enqueue(encoder.encode(sseComment()))
        if (value.type !== 'error' && value.sequence_number <= options.after) continue
        return controller.enqueue(encoder.encode(`event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`))
      }
    },
    cancel() {
      left.abort()
      over()
    },
  })
}

/** `undefined`: nothing has happened for a while. */
async function* eventsOf(
  { background, clock, body, keyId, draining }: BackgroundStreamOptions,
  left: AbortSignal,
): AsyncGenerator<ResponseEvent | undefined> {
  const told = queuedEvents(body)
  yield* told
  const waiting = waitForEnd({ background, id: body.id, clock, ends: AbortSignal.any([draining, left]) })
  try {
    while (!left.aborted) {
      const now = await background.find(body.id, keyId)
      if (now === undefined) return
      if (isFinal(now)) {
        yield* finalEvents(now)
        return
      }
      if (draining.aborted) {
        yield goingAway(told.length - 1)
        return
      }
      if (!(await waiting.next())) yield undefined
    }
  } finally {
    waiting.stop()
  }
}

/** It has the number of the last event: whoever comes back asks for what is behind that. */
function goingAway(number: number): ResponseEvent {
  const message = `This edge is shutting down. The response goes on: read its events with starting_after=${number}.`
  return { type: 'error', sequence_number: number, code: 'engine-unavailable', message, param: null }
}

interface WaitOptions extends Pick<BackgroundStreamOptions, 'background' | 'clock'> {
  readonly id: string
  readonly ends: AbortSignal
}

/** `next` resolves with true when there may be news, with false after a while. */
function waitForEnd({ background, id, clock, ends }: WaitOptions) {
  let hasNews = false
  let tell = (_hasNews: boolean) => {}
  const news = () => {
    hasNews = true
    tell(true)
  }
  const stopListening = background.onEnd((ended) => {
    if (ended === id) news()
  })
  ends.addEventListener('abort', news, { once: true })
  return {
    async next(): Promise<boolean> {
      if (!hasNews) {
        const { promise, resolve } = Promise.withResolvers<boolean>()
        tell = resolve
        const cancel = clock.after(keepAliveMs, () => resolve(false))
        await promise
        cancel()
      }
      const had = hasNews
      hasNews = false
      return had
    },
    stop() {
      stopListening()
      ends.removeEventListener('abort', news)
    },
  }
}

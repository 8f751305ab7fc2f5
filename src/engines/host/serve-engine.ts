import type { InferenceRequest } from '../../spec/request.ts'
import type { SessionGenerator } from '../generation/session-generator.ts'
import {
  type CallEvent,
  type EnginePart,
  errorToWire,
  type FromEngine,
  type LoadOptions,
  toEngine,
} from './protocol.ts'

export interface ServeEngineOptions {
  /** The engine process's end of the line to its parent. */
  readonly channel: Pick<NodeJS.Process, 'send' | 'on' | 'exit'>
  /** Loads the model and measures it. */
  readonly load: (options: LoadOptions) => Promise<SessionGenerator>
  /** Monotonic milliseconds. */
  readonly monotonic: () => number
}

/** Parts that follow each other faster than this go as one message: sending costs as much as a step of a very small model. */
const gatherMs = 8

/** Serves one model to the parent process until it says `close` or goes away. */
export function serveEngine({ channel, load, monotonic }: ServeEngineOptions): void {
  const running = new Map<number, AbortController>()
  let generator: SessionGenerator | undefined
  let events: CallEvent[] = []
  let sentAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined

  const send = (message: FromEngine, sent?: () => void) => channel.send?.(message, undefined, undefined, sent)

  function post(event: CallEvent): void {
    events.push(event)
    const isLast = 'error' in event || event.part.type === 'finish'
    if (isLast || monotonic() - sentAt >= gatherMs) flush()
    else timer ??= setTimeout(flush, gatherMs)
  }

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    sentAt = monotonic()
    if (generator !== undefined) send({ type: 'events', events, stats: generator.stats() })
    events = []
  }

  async function begin(options: LoadOptions): Promise<void> {
    try {
      generator = await load(options)
      send({ type: 'loaded', contextTokens: generator.contextTokens, stats: generator.stats() })
    } catch (thrown) {
      send({ type: 'load-failed', error: errorToWire(thrown) }, () => channel.exit(1))
    }
  }

  async function answer(model: SessionGenerator, call: number, request: InferenceRequest): Promise<void> {
    const controller = new AbortController()
    running.set(call, controller)
    try {
      let finish: EnginePart | undefined
      for await (const part of model.generate(request, controller.signal)) {
        if (part.type === 'placement') continue
        if (part.type === 'finish') finish = part
        else post({ call, part })
      }
      // Only now has the request given back its memory, which the message tells along.
      if (finish !== undefined) post({ call, part: finish })
    } catch (thrown) {
      post({ call, error: errorToWire(thrown) })
    } finally {
      running.delete(call)
    }
  }

  async function close(): Promise<void> {
    for (const controller of running.values()) controller.abort()
    await generator?.[Symbol.asyncDispose]()
    channel.exit(0)
  }

  channel.on('disconnect', () => channel.exit(0))
  channel.on('message', (value) => {
    const message = toEngine.parse(value)
    switch (message.type) {
      case 'load':
        return void begin(message.options)
      case 'generate':
        return generator && void answer(generator, message.call, message.request)
      case 'abort':
        return running.get(message.call)?.abort()
      case 'close':
        return void close()
      default:
        return message satisfies never
    }
  })
}

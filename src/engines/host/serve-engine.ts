import type { InferenceRequest } from '../../spec/request.ts'
import type { SessionGenerator } from '../generation/session-generator.ts'
import { createEventBatch } from './event-batch.ts'
import {
  type CallEvent,
  type EngineLoad,
  type EnginePart,
  errorToWire,
  type FromEngine,
  type LoadOptions,
  toEngine,
} from './protocol.ts'

export interface ServeEngineOptions<L extends EngineLoad> {
  /** The engine process's end of the line to its parent. */
  readonly channel: Pick<NodeJS.Process, 'send' | 'on' | 'exit'>
  /** Loads the model and measures it. */
  readonly load: (options: L) => Promise<SessionGenerator>
  /** Monotonic milliseconds. */
  readonly monotonic: () => number
}

/** Serves one model to the parent process until it says `close` or goes away. */
export function serveEngine<L extends EngineLoad = LoadOptions>({
  channel,
  load,
  monotonic,
}: ServeEngineOptions<L>): void {
  const send = (message: FromEngine, sent?: () => void) => channel.send?.(message, undefined, undefined, sent)
  let engine: Answering | undefined

  async function begin(options: L): Promise<void> {
    try {
      const generator = await load(options)
      const { post } = createEventBatch({
        send: (events) => send({ type: 'events', events, stats: generator.stats() }),
        monotonic,
      })
      engine = { generator, post, running: new Map() }
      send({ type: 'loaded', contextTokens: generator.contextTokens, stats: generator.stats() })
    } catch (thrown) {
      send({ type: 'load-failed', error: errorToWire(thrown) }, () => channel.exit(1))
    }
  }

  channel.on('disconnect', () => channel.exit(0))
  channel.on('message', (value) => {
    const message = toEngine.parse(value)
    switch (message.type) {
      case 'load':
        return void begin(message.options as L)
      case 'generate':
        return engine && void answer(engine, message.call, message.request)
      case 'abort':
        return engine?.running.get(message.call)?.abort()
      case 'ping':
        return engine && void send({ type: 'alive', stats: engine.generator.stats() })
      case 'close':
        return void close(engine).then(() => channel.exit(0))
      default:
        return message satisfies never
    }
  })
}

/** A loaded model at work. */
interface Answering {
  readonly generator: SessionGenerator
  readonly post: (event: CallEvent) => void
  readonly running: Map<number, AbortController>
}

async function answer({ generator, post, running }: Answering, call: number, request: InferenceRequest): Promise<void> {
  const controller = new AbortController()
  running.set(call, controller)
  try {
    let finish: EnginePart | undefined
    for await (const part of generator.generate(request, controller.signal)) {
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

async function close(engine: Answering | undefined): Promise<void> {
  for (const controller of engine?.running.values() ?? []) controller.abort()
  await engine?.generator[Symbol.asyncDispose]()
}

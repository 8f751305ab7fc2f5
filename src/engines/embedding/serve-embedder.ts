import { encodeVector } from '../../openai/embeddings-vector.ts'
import { errorToWire } from '../host/protocol.ts'
import { type FromEmbedder, type LoadEmbedder, toEmbedder } from './embedder-protocol.ts'
import type { Encoder } from './load-encoder.ts'

export interface ServeEmbedderOptions {
  /** The process's end of the line to its parent. */
  readonly channel: Pick<NodeJS.Process, 'send' | 'on' | 'exit'>
  readonly load: (options: LoadEmbedder) => Promise<Encoder>
}

/** Serves one encoder to the parent process until it says `close` or goes away. Requests are answered one after the other. */
export function serveEmbedder({ channel, load }: ServeEmbedderOptions): void {
  const send = (message: FromEmbedder, sent?: () => void) => channel.send?.(message, undefined, undefined, sent)
  const running = new Map<number, AbortController>()
  let encoder: Encoder | undefined
  let last: Promise<void> = Promise.resolve()

  async function begin(options: LoadEmbedder): Promise<void> {
    try {
      encoder = await load(options)
      send({ type: 'loaded' })
    } catch (thrown) {
      send({ type: 'load-failed', error: errorToWire(thrown) }, () => channel.exit(1))
    }
  }

  async function answer(call: number, texts: readonly string[], signal: AbortSignal): Promise<void> {
    try {
      const found = await encoder?.embed(texts, signal)
      if (found !== undefined) {
        send({ type: 'embedded', call, vectors: found.vectors.map(encodeVector), promptTokens: found.promptTokens })
      }
    } catch (thrown) {
      send({ type: 'failed', call, error: errorToWire(thrown) })
    } finally {
      running.delete(call)
    }
  }

  channel.on('disconnect', () => channel.exit(0))
  channel.on('message', (value) => {
    const message = toEmbedder.parse(value)
    switch (message.type) {
      case 'load':
        return void begin(message.options)
      case 'embed': {
        const controller = new AbortController()
        running.set(message.call, controller)
        last = last.then(() => answer(message.call, message.texts, controller.signal))
        return undefined
      }
      case 'abort':
        return running.get(message.call)?.abort()
      case 'ping':
        return void send({ type: 'alive' })
      case 'close':
        for (const controller of running.values()) controller.abort()
        return void last.then(() => encoder?.[Symbol.asyncDispose]()).then(() => channel.exit(0))
      default:
        return message satisfies never
    }
  })
}

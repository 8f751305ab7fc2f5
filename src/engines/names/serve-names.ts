import { EdgewiseError } from '../../spec/errors.ts'
import { errorToWire } from '../host/protocol.ts'
import type { NameReader } from './load-name-reader.ts'
import { type FromNames, type LoadNames, stretchToWire, toNames } from './names-protocol.ts'

export interface ServeNamesOptions {
  /** The process's end of the line to its parent. */
  readonly channel: Pick<NodeJS.Process, 'send' | 'on' | 'exit'>
  readonly load: (options: LoadNames) => Promise<NameReader>
}

/** Serves one name model to the parent process until it says `close` or goes away. Requests are answered one after the other. */
export function serveNames({ channel, load }: ServeNamesOptions): void {
  const send = (message: FromNames, sent?: () => void) => channel.send?.(message, undefined, undefined, sent)
  const running = new Map<number, AbortController>()
  let reader: NameReader | undefined
  let last: Promise<void> = Promise.resolve()

  async function begin(options: LoadNames): Promise<void> {
    try {
      reader = await load(options)
      send({ type: 'loaded' })
    } catch (thrown) {
      send({ type: 'load-failed', error: errorToWire(thrown) }, () => channel.exit(1))
    }
  }

  async function answer(call: number, texts: readonly string[], signal: AbortSignal): Promise<void> {
    try {
      const found = (await reader?.classify(texts, signal)) ?? []
      send({ type: 'classified', call, texts: found.map((stretches) => stretches.map(stretchToWire)) })
    } catch (thrown) {
      send({ type: 'failed', call, error: errorToWire(withoutText(thrown)) })
    } finally {
      running.delete(call)
    }
  }

  channel.on('disconnect', () => channel.exit(0))
  channel.on('message', (value) => {
    const message = toNames.parse(value)
    switch (message.type) {
      case 'load':
        return void begin(message.options)
      case 'classify': {
        const controller = new AbortController()
        running.set(message.call, controller)
        last = last.then(() => answer(message.call, message.texts, controller.signal))
        return undefined
      }
      case 'abort':
        return running.get(message.call)?.abort()
      case 'ping':
        return send({ type: 'pong' })
      case 'close':
        for (const controller of running.values()) controller.abort()
        return void last.then(() => reader?.[Symbol.asyncDispose]()).then(() => channel.exit(0))
      default:
        return message satisfies never
    }
  })
}

/** Errors that are not our own may quote what was read. */
function withoutText(thrown: unknown): EdgewiseError {
  if (thrown instanceof EdgewiseError) return thrown
  const name = thrown instanceof Error ? thrown.name : 'error'
  return new EdgewiseError('internal', `the name model failed on a text (${name})`)
}

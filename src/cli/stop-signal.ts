import type { EventEmitter } from 'node:events'

export interface StopSignalOptions {
  /** Where the signals come from: `process`. */
  readonly signals: Pick<EventEmitter, 'on' | 'off'>
  /** Where is written to: when its reader has gone, that is a wish to stop too. */
  readonly output?: Pick<EventEmitter, 'on'>
  /** Called for a second signal, when somebody cannot wait. */
  readonly exit: (code: number) => void
}

export interface StopSignal extends Disposable {
  /** Aborts at the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal
  /** Resolves then. */
  readonly stopped: Promise<void>
}

/** Exit codes of a process that a signal ended, as shells count them. */
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** From now on until disposed, a signal is a wish to stop; it may come while things are still being started. */
export function listenForStop({ signals, exit, output }: StopSignalOptions): StopSignal {
  const controller = new AbortController()
  const stopped = Promise.withResolvers<void>()
  const begin = (because: string) => {
    controller.abort(new Error(`stopped by ${because}`))
    stopped.resolve()
  }
  const stop = (name: keyof typeof exitCodes) => {
    if (controller.signal.aborted) exit(exitCodes[name])
    begin(name)
  }
  // Never taken off: what is said while everything ends would fail as well.
  output?.on('error', () => begin('the end of its output'))
  const names = Object.keys(exitCodes)
  for (const name of names) signals.on(name, stop)
  return {
    signal: controller.signal,
    stopped: stopped.promise,
    [Symbol.dispose]() {
      for (const name of names) signals.off(name, stop)
    },
  }
}

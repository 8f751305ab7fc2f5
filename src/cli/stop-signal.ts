import type { EventEmitter } from 'node:events'

/** Exit codes of a process that a signal ended, as shells count them. */
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

export type StopName = keyof typeof exitCodes

export interface StopSignalOptions {
  /** Where the signals come from: `process`. */
  readonly signals: Pick<EventEmitter, 'on' | 'off'>
  /** Where is written to: when its reader has gone, that is a wish to stop too. */
  readonly output?: Pick<EventEmitter, 'on'>
  /** Called for one signal more than `patience`, when somebody cannot wait. */
  readonly exit: (code: number) => void
  /** The signals that are a wish to stop; absent: all three. */
  readonly names?: readonly StopName[]
  /** Signals that are heard before the next one ends the process at once; 1 when absent. */
  readonly patience?: number
}

export interface StopSignal extends Disposable {
  /** Aborts at the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal
  /** Resolves then, with its name or with `output` when that has ended. */
  readonly stopped: Promise<StopName | 'output'>
  /** Aborts at the second one. */
  readonly hurried: AbortSignal
}

/** From now on until disposed, a signal is a wish to stop; it may come while things are still being started. */
export function listenForStop(options: StopSignalOptions): StopSignal {
  const { signals, exit, output, names = ['SIGINT', 'SIGTERM', 'SIGHUP'], patience = 1 } = options
  const controller = new AbortController()
  const hurry = new AbortController()
  const stopped = Promise.withResolvers<StopName | 'output'>()
  let heard = 0
  const begin = (name: StopName | 'output') => {
    controller.abort(new Error(`stopped by ${name === 'output' ? 'the end of its output' : name}`))
    stopped.resolve(name)
  }
  const stop = (name: StopName) => {
    heard += 1
    if (heard > patience) exit(exitCodes[name])
    if (controller.signal.aborted) hurry.abort()
    begin(name)
  }
  // Never taken off: what is said while everything ends would fail as well.
  output?.on('error', () => begin('output'))
  for (const name of names) signals.on(name, stop)
  return {
    signal: controller.signal,
    stopped: stopped.promise,
    hurried: hurry.signal,
    [Symbol.dispose]() {
      for (const name of names) signals.off(name, stop)
    },
  }
}

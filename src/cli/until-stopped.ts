import type { EventEmitter } from 'node:events'

export interface UntilStoppedOptions {
  /** Where the signals come from: `process`. */
  readonly signals: Pick<EventEmitter, 'on' | 'off'>
  readonly close: () => Promise<void>
  /** Ends the process at once; called for a second signal while `close` still works. */
  readonly exit: (code: number) => void
}

/** Exit code of a process that a signal ended, as shells count it. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const

/** Waits for SIGINT or SIGTERM, then closes. A second signal does not wait for the end of that. */
export async function untilStopped({ signals, close, exit }: UntilStoppedOptions): Promise<void> {
  const stopped = Promise.withResolvers<void>()
  let isClosing = false
  const stop = (signal: keyof typeof exitCodes) => {
    if (isClosing) exit(exitCodes[signal])
    isClosing = true
    stopped.resolve()
  }
  const names = Object.keys(exitCodes)
  for (const name of names) signals.on(name, stop)
  try {
    await stopped.promise
    await close()
  } finally {
    for (const name of names) signals.off(name, stop)
  }
}

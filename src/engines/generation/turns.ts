import { EdgewiseError } from '../../spec/errors.ts'

/** Lets sessions step one at a time, in the order in which they asked: a session that asks again stands at the end of the line. */
export interface Turns {
  /** Runs `work` when its turn has come. Throws `aborted` at once when the signal aborts while it waits. */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>
}

/** A line that nobody stands in yet. */
export function createTurns(): Turns {
  const line: (() => void)[] = []
  let isTaken = false

  function wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        line.splice(line.indexOf(enter), 1)
        reject(new EdgewiseError('aborted', 'the request was aborted', { cause: signal.reason }))
      }
      line.push(enter)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  return {
    async run(work, signal) {
      if (isTaken) await wait(signal)
      isTaken = true
      try {
        return await work()
      } finally {
        const next = line.shift()
        if (next === undefined) isTaken = false
        else next()
      }
    },
  }
}

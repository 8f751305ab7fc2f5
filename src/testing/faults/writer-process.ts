import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { acknowledgementPipe } from './acknowledge.ts'

/** A program that writes to a store and calls `acknowledge` for all that is safe. */
export interface WriterCommand {
  readonly file: string
  readonly args: readonly string[]
}

export interface WriterExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Last part of what it said on stderr. */
  readonly said: string
}

/** One run of a writer. Disposing of it kills it. */
export interface WriterProcess extends AsyncDisposable {
  /** What it has acknowledged so far, in order. Complete once `exited` has resolved. */
  readonly acknowledged: readonly string[]
  /** Resolves with its end, when its pipes are read empty. */
  readonly exited: Promise<WriterExit>
  /** Resolves when it has acknowledged that many keys, or has ended. */
  reached(count: number): Promise<void>
  /** Stops it where it stands, until it is killed. Resolves once all its threads have stopped. */
  freeze(): Promise<void>
  kill(): void
}

const rememberedCharacters = 4000

/** Starts a writer. What it cannot be started for is told by `exited`, which then rejects. */
export function startWriter({ file, args }: WriterCommand): WriterProcess {
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] })
  const acknowledged: string[] = []
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-rememberedCharacters)
  })
  readKeys(child, (key) => {
    acknowledged.push(key)
    child.emit('acknowledged')
  })
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal, said }))
  // Whoever does not wait for the end must not be ended by it.
  exited.catch(() => {})
  return {
    acknowledged,
    exited,
    async reached(count) {
      const ending = new AbortController()
      const ended = exited.finally(() => ending.abort()).catch(() => {})
      while (acknowledged.length < count && !ending.signal.aborted) {
        await Promise.race([once(child, 'acknowledged', { signal: ending.signal }).catch(() => {}), ended])
      }
    },
    async freeze() {
      child.kill('SIGSTOP')
      // The signal is taken at the next return from the kernel; a disk that is waited for can delay that.
      while (child.exitCode === null && child.signalCode === null && !(await isStopped(child.pid))) {
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    },
    kill() {
      child.kill('SIGKILL')
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited.catch(() => {})
    },
  }
}

/** A line that was cut off by the end of the process is no acknowledgement. */
function readKeys(child: ChildProcess, take: (key: string) => void): void {
  const pipe = child.stdio[acknowledgementPipe] as Readable | null | undefined
  let rest = ''
  pipe?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  })
}

async function isStopped(pid: number | undefined): Promise<boolean> {
  const { readdir, readFile } = await import('node:fs/promises')
  const threads = await readdir(`/proc/${pid}/task`).catch(() => [])
  const states = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => ') T')),
  )
  return states.every((stat) => /^[TtXZ]/.test(stat.slice(stat.lastIndexOf(')') + 2)))
}

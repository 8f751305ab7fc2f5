import { fork, type Serializable } from 'node:child_process'
import { childArguments } from './child-arguments.ts'

export interface EngineProcessOptions<Said extends { readonly type: string }> {
  /** File with the code of the process. */
  readonly main: string
  /** Folders it may read besides its own code. */
  readonly readable: readonly string[]
  /** What the process said; undefined for what breaks the protocol. */
  parse(message: unknown): Said | undefined
  onMessage(message: Said): void
  /** Called once. `because` says how it ended, for a person. */
  onExit(because: string): void
}

/** One run of an engine in a process of its own, without environment. Ends with its parent. */
export interface EngineProcess<Told> {
  readonly pid: number | undefined
  /** Does nothing once the process has ended. */
  send(message: Told): void
  /** Ends the process at once, whatever it does. `because` is told as the reason of its end. */
  kill(because?: string): void
  readonly exited: Promise<void>
}

/** Starts an engine process. A process that breaks the protocol is killed. */
export function startEngineProcess<Told extends Serializable, Said extends { readonly type: string }>(
  options: EngineProcessOptions<Said>,
): EngineProcess<Told> {
  const { main, readable, parse, onMessage, onExit } = options
  const child = fork(main, [], {
    execPath: process.execPath,
    execArgv: [...childArguments(readable)],
    env: {},
    serialization: 'json',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let because: string | undefined
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-10_000)
  })
  child.on('message', (message) => {
    const said = parse(message)
    if (said === undefined) {
      because = 'it broke the protocol'
      child.kill('SIGKILL')
      return
    }
    // From now on the process has seen requests: what it writes may hold their text.
    if (said.type === 'loaded') {
      child.stderr?.removeAllListeners('data').resume()
      stderr = ''
    }
    onMessage(said)
  })

  const exited = new Promise<void>((resolve) => {
    let hasEnded = false
    const end = (how: string) => {
      // A process that could not be started both errs and closes.
      if (hasEnded) return
      hasEnded = true
      onExit(because ?? (stderr === '' ? how : `${how}: ${tellingLine(stderr)}`))
      resolve()
    }
    child.once('error', (error) => child.pid === undefined && end(error.message))
    child.once('close', (code, signal) =>
      end(signal === null ? `it exited with code ${code}` : `it ended by ${signal}`),
    )
  })
  return {
    pid: child.pid,
    send: (message) => {
      if (child.connected) child.send(message, () => undefined)
    },
    kill: (reason) => {
      because ??= reason
      child.kill('SIGKILL')
    },
    exited,
  }
}

/** The line that names an error, else the last one: Node prints stack and version behind it. */
function tellingLine(text: string): string | undefined {
  const lines = text.trimEnd().split('\n')
  return (lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1))?.slice(0, 300)
}

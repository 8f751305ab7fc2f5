import { type ChildProcess, fork } from 'node:child_process'
import { extname, join } from 'node:path'
import type { z } from 'zod'
import type { Decision } from '../../spec/decision.ts'
import { EdgewiseError, isErrorCode } from '../../spec/errors.ts'
import { type FromChild, fromChildSchema, type ToChild } from './child-messages.ts'

export interface StartChildOptions<R> {
  readonly name: 'hub' | 'edge'
  readonly settings: unknown
  /** Shape of what the child tells when it is ready. */
  readonly ready: z.ZodType<R>
  /** Names of variables it may see, beside those that every process needs. */
  readonly variables: readonly string[]
  readonly onDecision?: (decision: Decision) => void
  readonly onWarning?: (text: string) => void
  readonly signal: AbortSignal
}

export interface DemoChild<R> extends AsyncDisposable {
  readonly pid: number
  readonly ready: R
  /** Resolves with the reason, for a person, once the process has ended. */
  readonly ended: Promise<string>
}

/** A child that does not end when it is told to is killed after this time, with what it has started. */
const stopWithinMs = 5000

/** Needed by any process: locale, time zone, certificates, and on Windows the system folder. */
const commonVariables = [
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SystemRoot',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
]

/** Starts a process of the demo and waits until it is ready. Throws what it says when it cannot start; nothing is left then. */
export async function startChild<R>(options: StartChildOptions<R>): Promise<DemoChild<R>> {
  const { name, settings, ready, variables, signal } = options
  signal.throwIfAborted()
  const child = fork(join(import.meta.dirname, `${name}-process${extname(import.meta.filename)}`), [], {
    env: environmentOf([...commonVariables, ...variables]),
    execArgv: [],
    // A session of its own: Ctrl-C reaches the demo alone, which then ends its children in order.
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ended = endOf(child)
  await using stack = new AsyncDisposableStack()
  stack.defer(() => stop(child, ended))
  send(child, { type: 'start', settings })
  const told = await firstWord(child, { ...options, ended })
  stack.move()
  return {
    pid: child.pid ?? 0,
    ready: ready.parse(told),
    ended,
    [Symbol.asyncDispose]: () => stop(child, ended),
  }
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) =>
      resolve(signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`),
    )
    child.once('error', (error) => resolve(error.message))
  })
}

/** What the child tells when it is ready. From then on its decisions and warnings are passed on. */
function firstWord<R>(
  child: ChildProcess,
  { name, onDecision, onWarning, signal, ended }: StartChildOptions<R> & { readonly ended: Promise<string> },
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let isReady = false
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    void ended.then((because) => reject(new EdgewiseError('internal', `The ${name} did not start: ${because}.`)))
    child.on('message', (raw) => {
      const message: FromChild = fromChildSchema.parse(raw)
      if (message.type === 'decision') onDecision?.(message.decision)
      else if (message.type === 'warning') isReady && onWarning?.(message.text)
      else if (message.type === 'failed') reject(failure(message))
      else {
        isReady = true
        signal.removeEventListener('abort', abort)
        resolve(message.ready)
      }
    })
  })
}

function failure({ code, message }: { readonly code: string; readonly message: string }): EdgewiseError {
  return new EdgewiseError(isErrorCode(code) ? code : 'internal', message)
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  send(child, { type: 'stop' })
  const timer = setTimeout(() => killGroup(child), stopWithinMs)
  await ended
  clearTimeout(timer)
}

/** The child leads a process group: its engine goes with it. */
function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined && process.platform !== 'win32') process.kill(-child.pid, 'SIGKILL')
    else child.kill('SIGKILL')
  } catch {
    // It has just ended.
  }
}

function send(child: ChildProcess, message: ToChild): void {
  if (child.connected) child.send(message)
}

function environmentOf(names: readonly string[]): Record<string, string> {
  const found = names.map((name) => [name, process.env[name]] as const)
  return Object.fromEntries(found.filter((entry): entry is readonly [string, string] => entry[1] !== undefined))
}

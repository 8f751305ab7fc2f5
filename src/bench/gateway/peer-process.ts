import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'

/** A server under test in a process of its own, so that its time and memory are its own. */
export interface PeerProcess extends AsyncDisposable {
  /** What the process said when it was ready. */
  readonly ready: unknown
  /** Resident memory of the process, without its children. NaN where the system does not tell. */
  rssMiB(): Promise<number>
}

/** Forks one of our own files; it sends one message when it is ready, and ends when the channel closes. */
export async function forkPeer(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<PeerProcess> {
  const child = fork(file, args, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const failed = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`${file} ended with ${code} before it was ready`)),
  )
  const [ready] = await Promise.race([once(child, 'message'), failed])
  return watchPeer(child, ready)
}

/** Starts a foreign program, which has no way to say when it is ready: ask its port. */
export function spawnPeer(command: string, args: readonly string[], env: NodeJS.ProcessEnv): PeerProcess {
  return watchPeer(spawn(command, args, { env, stdio: 'ignore' }), undefined)
}

/** A process that is already started, as a peer. */
export function watchPeer(child: ChildProcess, ready: unknown): PeerProcess {
  return {
    ready,
    rssMiB: () => residentMiB(child.pid),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    },
  }
}

async function residentMiB(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024
}

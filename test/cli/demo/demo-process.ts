import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const main = join(import.meta.dirname, '..', '..', '..', 'src', 'cli', 'main.ts')

/** A place of its own for state and temporary files: what a demo leaves behind shows up here. */
export function createHome() {
  const folder = mkdtempSync(join(tmpdir(), 'demo-test-'))
  return {
    folder,
    /** Everything that is left in it. */
    leftovers: () => readdirSync(folder, { recursive: true, encoding: 'utf8' }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export interface CommandRun extends AsyncDisposable {
  readonly child: ChildProcess
  output(): string
  /** Resolves with the first match in what was printed so far or will be. */
  printed(pattern: RegExp): Promise<RegExpExecArray>
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>
}

/** Runs `edgewise demo …` as a shell would, in the given home, without the variables of this process. */
export function runCommand(args: readonly string[], home: string, variables: Record<string, string> = {}): CommandRun {
  const env = { PATH: process.env.PATH ?? '', TMPDIR: home, EDGEWISE_STATE: join(home, 'state'), ...variables }
  const child = spawn(process.execPath, [main, 'demo', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  const waiting = new Set<() => void>()
  const hear = (piece: Buffer) => {
    text += piece.toString()
    for (const look of waiting) look()
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })
  return {
    child,
    output: () => text,
    ended,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(text)
          if (match === null) return
          waiting.delete(look)
          resolve(match)
        }
        waiting.add(look)
        look()
        void ended.then((how) => reject(new Error(`it ended (${how}) without printing ${pattern}:\n${text}`)))
      }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

export interface StartedDemo extends CommandRun {
  readonly edgeUrl: string
  readonly hubPort: number
  readonly apiKey: string
  readonly controlPort: number
  /** All processes that it has started, the engines of hub and edge included. */
  readonly pids: readonly number[]
  readonly edgePid: number
}

/** A demo on free ports that is ready. */
export async function startDemoCommand(home: string, args: readonly string[] = []): Promise<StartedDemo> {
  const run = runCommand(['--hub-port', '0', '--edge-port', '0', ...args], home)
  try {
    await run.printed(/leaves nothing behind/)
  } catch (error) {
    await run[Symbol.asyncDispose]()
    throw error
  }
  const text = run.output()
  const [, edgeUrl = '', apiKey = '', control = ''] = /(http:\S+)\/#key=(\S+)&control=(\d+)/.exec(text) ?? []
  const ports = [...text.matchAll(/│ port (\d+)/g)].map(([, port]) => Number(port))
  const edgePid = Number(/edge, process (\d+)/.exec(text)?.[1])
  const pids = descendantsOf(run.child.pid ?? 0)
  return { ...run, edgeUrl, apiKey, controlPort: Number(control), hubPort: ports.at(-1) ?? 0, pids, edgePid }
}

function descendantsOf(pid: number): number[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const pairs = rows.map((row) => row.trim().split(/\s+/).map(Number))
  const childrenOf = (parent: number): number[] =>
    pairs.flatMap(([child = 0, of]) => (of === parent ? [child, ...childrenOf(child)] : []))
  return childrenOf(pid)
}

/** True while a process of that id is there. A zombie that nobody has collected yet counts as gone. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/\nState:\s+Z/.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')

export interface RunOptions {
  readonly arguments: readonly string[]
  readonly folder: string
  readonly environment?: Readonly<Record<string, string>>
  /** Makes it the first of a group of processes of its own. */
  readonly detached?: boolean
}

/** A process with the command line, in a folder of its own and without the environment of the tests. */
export function startEdgewise({ arguments: words, folder, environment = {}, detached = false }: RunOptions) {
  const env = { PATH: process.env.PATH ?? '', HOME: folder, ...environment }
  return spawn(process.execPath, [main, ...words], { cwd: folder, env, detached, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Runs the command line to its end. */
export async function runEdgewise(options: RunOptions) {
  const child = startEdgewise(options)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: code as number, stdout, stderr }
}

/** The first line of a running command that says what is expected; fails with all it said when it ends before. */
export async function waitForLine(stream: AsyncIterable<Buffer>, expected: RegExp): Promise<RegExpMatchArray> {
  let said = ''
  for await (const chunk of stream) {
    said += chunk.toString()
    const match = said.match(expected)
    if (match !== null) return match
  }
  throw new Error(`ended without ${expected}: ${said}`)
}

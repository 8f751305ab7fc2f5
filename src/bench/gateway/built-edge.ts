import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { stringify } from 'yaml'
import { type PeerProcess, watchPeer } from './peer-process.ts'

const root = join(import.meta.dirname, '..', '..', '..')

export interface BuiltEdge {
  readonly process: PeerProcess
  readonly origin: string
  readonly key: string
}

/** The edge as users run it: built to JavaScript, started by its command. Its every answer comes from the server at `upstream`. */
export async function startBuiltEdge({ upstream, folder }: { upstream: string; folder: string }): Promise<BuiltEdge> {
  execFileSync(process.execPath, [join(root, 'scripts', 'build.ts')], { stdio: 'ignore' })
  const settings = {
    edge: {
      port: 0,
      threads: 1,
      hub: { url: upstream },
      policy: { mode: 'prefer-cloud', privacy: { personalData: 'allow' } },
      limits: { concurrency: 256 },
    },
  }
  const file = join(folder, 'edgewise.yaml')
  await writeFile(file, stringify(settings))
  const key = randomBytes(24).toString('base64url')
  const program = join(root, 'dist', 'cli', 'main.js')
  const child = spawn(
    process.execPath,
    [...(await nodeFlags()), program, 'edge', '--config', file, '--state', join(folder, 'state')],
    {
      env: { PATH: process.env.PATH, EDGEWISE_API_KEY: key },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  const edge = watchPeer(child, undefined)
  for await (const line of createInterface({ input: child.stdout })) {
    const [, origin] = /answers at (http:\/\/[^/\s]+)/.exec(line) ?? []
    if (origin !== undefined) return { process: edge, origin, key }
  }
  throw new Error('the built edge ended before it was ready')
}

/** The flags of Node that the installed command runs with. */
async function nodeFlags(): Promise<string[]> {
  const [firstLine = ''] = (await readFile(join(root, 'bin', 'edgewise.js'), 'utf8')).split('\n')
  return firstLine.split(/\s+/).filter((word) => word.startsWith('--'))
}

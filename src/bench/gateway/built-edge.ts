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

export interface BuiltEdgeOptions {
  /** The section `edge` of its settings; the port is a free one. */
  readonly settings: Readonly<Record<string, unknown>>
  /** Settings and state are written there. */
  readonly folder: string
}

/** The edge as users run it: built to JavaScript, started by its command. */
export async function startBuiltEdge({ settings, folder }: BuiltEdgeOptions): Promise<BuiltEdge> {
  execFileSync(process.execPath, [join(root, 'scripts', 'build.ts')], { stdio: 'ignore' })
  const file = join(folder, 'edgewise.yaml')
  await writeFile(file, stringify({ edge: { ...settings, port: 0 } }))
  const key = randomBytes(24).toString('base64url')
  const program = join(root, 'dist', 'cli', 'main.js')
  const { flags, variables } = await installedCommand()
  const child = spawn(
    process.execPath,
    [...flags, program, 'edge', '--config', file, '--state', join(folder, 'state')],
    {
      env: { PATH: process.env.PATH, EDGEWISE_API_KEY: key, ...variables },
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

/** The flags of Node and the variables that the installed command runs with, as its first line sets them. */
async function installedCommand(): Promise<{ readonly flags: string[]; readonly variables: NodeJS.ProcessEnv }> {
  const [firstLine = ''] = (await readFile(join(root, 'bin', 'edgewise.js'), 'utf8')).split('\n')
  const words = firstLine.split(/\s+/)
  return {
    flags: words.filter((word) => word.startsWith('--')),
    variables: Object.fromEntries(words.filter((word) => /^[A-Z_]+=/.test(word)).map((word) => word.split('='))),
  }
}

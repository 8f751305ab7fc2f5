import { createWriteStream, existsSync } from 'node:fs'
import { arch, cpus, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { EdgewiseError } from '../../spec/errors.ts'
import { openStore } from '../../store/open-store.ts'
import type { Finding } from '../checks/check.ts'
import { packageVersion } from '../package-root.ts'
import type { Settings } from '../settings.ts'
import { askRunningEdge } from './running-edge.ts'
import { safeDecision } from './safe-decision.ts'
import { safeSettings } from './safe-settings.ts'

export interface BundleOptions {
  /** The archive to write; one that is there already is not replaced. */
  readonly file: string
  /** Absent: they could not be read. */
  readonly settings: Settings | undefined
  readonly findings: readonly Finding[]
  readonly signal: AbortSignal
}

const mostDecisions = 200

/**
 * Writes what somebody who helps needs to know (`.tar.gz`): checks, versions, settings without secrets, the last decisions, metrics of the running edge. No
 * prompt, no answer, no key. Gives the names of the files in it. Throws `store-failed` when it cannot be written.
 */
export async function writeBundle(options: BundleOptions): Promise<readonly string[]> {
  const { pack: createPack } = await import('tar-stream')
  const files = await contents(options)
  const pack = createPack()
  const written = pipeline(pack, createGzip(), createWriteStream(options.file, { flags: 'wx', mode: 0o600 }))
  for (const [name, text] of files) pack.entry({ name: `edgewise-support/${name}` }, text)
  pack.finalize()
  try {
    await written
  } catch (cause) {
    const because = cause instanceof Error ? cause.message : String(cause)
    const message = `${options.file} cannot be written: ${because}. Name another file.`
    throw new EdgewiseError('store-failed', message, { cause })
  }
  return files.map(([name]) => name)
}

async function contents({
  settings,
  findings,
  signal,
}: BundleOptions): Promise<readonly (readonly [string, string])[]> {
  const files: (readonly [string, string])[] = [
    ['checks.json', json(findings.map(safeSettings))],
    ['versions.json', json(versions())],
  ]
  if (settings === undefined) return files
  const { config, stateFolder } = settings
  files.push(['settings.json', json(safeSettings(config))])
  files.push(['decisions.json', json(await lastDecisions(stateFolder))])
  const asked = { port: config.edge.port, stateFolder, signal }
  const metrics = await askRunningEdge('/metrics', asked)
  files.push(['metrics.txt', metrics ?? 'No edge answered on this machine.\n'])
  return files
}

function versions(): object {
  const { node, v8, uv, openssl, sqlite } = process.versions
  const machine = {
    platform: platform(),
    release: release(),
    arch: arch(),
    cores: cpus().length,
    memoryBytes: totalmem(),
  }
  return { edgewise: packageVersion(), node, v8, uv, openssl, sqlite, machine }
}

async function lastDecisions(stateFolder: string): Promise<readonly object[]> {
  const path = join(stateFolder, 'edge.db')
  // Opening would make the file.
  if (!existsSync(path)) return []
  await using store = await openStore({ path })
  return (await store.decisions.recent(mostDecisions)).map(safeDecision)
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

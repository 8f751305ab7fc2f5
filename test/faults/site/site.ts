import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { startWriter, type WriterCommand, type WriterProcess } from '../../../src/testing/faults/writer-process.ts'
import { expectWhole, openSite } from './open-site.ts'
import { edgeFile, hubFile } from './site-files.ts'

export interface SiteRun {
  readonly folder: string
  /** Number of the first entry; those before it were acknowledged in an earlier run. */
  readonly first: number
  /** It ends when so many are delivered; never when absent. */
  readonly count?: number
  /** `NORMAL` is the control: it must lose something at a power cut. */
  readonly synchronous?: 'FULL' | 'NORMAL'
}

/** The command of a process that is an edge and its hub; see site-writer.ts. */
export function siteCommand({ folder, first, count, synchronous = 'FULL' }: SiteRun): WriterCommand {
  const options = ['--folder', folder, '--first', String(first), '--synchronous', synchronous]
  const end = count === undefined ? [] : ['--count', String(count)]
  return { file: process.execPath, args: [join(import.meta.dirname, 'site-writer.ts'), ...options, ...end] }
}

export function startSite(run: SiteRun): WriterProcess {
  return startWriter(siteCommand(run))
}

/** The files that a site writes: first those of the edge, then those of the hub. */
export function siteFiles(folder: string): readonly string[] {
  return [edgeFile(folder), hubFile(folder)].flatMap((file) => [file, `${file}-wal`, `${file}-journal`])
}

/**
 * Opens what a site left behind, checks that both databases are whole, delivers the rest, and gives the keys as the hub has them, those it has twice twice.
 */
export async function recoverSite(edgeFolder: string, hubFolder: string = edgeFolder): Promise<readonly string[]> {
  await using site = await openSite({ edgeFolder, hubFolder })
  for (const file of [edgeFile(edgeFolder), hubFile(hubFolder)]) expectWhole(file)
  await site.drain()
  return await site.deliveredKeys()
}

/** The keys that are in either of the stores, each once, with nothing delivered. */
export async function siteKeys(folder: string): Promise<readonly string[]> {
  await using site = await openSite({ edgeFolder: folder, hubFolder: folder })
  using edge = new DatabaseSync(edgeFile(folder))
  const waiting = edge.prepare('SELECT idempotency_key AS key FROM outbox WHERE finished_at IS NULL').all()
  return [...new Set([...waiting.map(({ key }) => String(key)), ...(await site.deliveredKeys())])]
}

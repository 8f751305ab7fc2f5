import { readFile, stat } from 'node:fs/promises'
import { lastCheckpoint, ledgerFiles } from '../../privacy/ledger/ledger-folder.ts'
import { EdgewiseError } from '../../spec/errors.ts'

/** What to verify: files in the order of their entries, and checkpoints that lie beside them. */
export interface LedgerPaths {
  readonly files: readonly string[]
  readonly seen: readonly string[]
}

/** From folders of ledgers, single files and exports, in the order in which they are named. Throws `not-found`. */
export async function ledgerPaths(named: readonly string[]): Promise<LedgerPaths> {
  const found = await Promise.all(named.map(pathsAt))
  return { files: found.flatMap(({ files }) => files), seen: found.flatMap(({ seen }) => seen) }
}

async function pathsAt(path: string): Promise<LedgerPaths> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new EdgewiseError('not-found', `There is no ledger at ${path}.`)
  if (!found.isDirectory()) return { files: [path], seen: [] }
  const files = await ledgerFiles(path)
  if (files.length === 0) throw new EdgewiseError('not-found', `${path} holds no file of a ledger.`)
  const checkpoint = await lastCheckpoint(path)
  return { files, seen: checkpoint === undefined ? [] : [checkpoint] }
}

/** The text of a file that an option names. Throws `not-found`. */
export async function readNamed(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: Error) => {
    throw new EdgewiseError('not-found', `${path} cannot be read: ${cause.message}.`, { cause })
  })
}

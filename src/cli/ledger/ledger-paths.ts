import { open, readFile, stat } from 'node:fs/promises'
import { lastCheckpoint, ledgerFiles } from '../../privacy/ledger/ledger-folder.ts'
import { exportMark } from '../../privacy/ledger/verify/verify-ledger.ts'
import { EdgewiseError } from '../../spec/errors.ts'

/** What to verify: files in the order of their entries, and checkpoints that lie beside them. */
export interface LedgerPaths {
  readonly files: readonly string[]
  readonly seen: readonly string[]
}

/**
 * From folders of ledgers, single files and exports, in the order in which they are named. Throws `not-found`, and `config-invalid` for a file in which no
 * line looks like an entry: a ledger is not accused of what somebody mistyped.
 */
export async function ledgerPaths(named: readonly string[]): Promise<LedgerPaths> {
  const found = await Promise.all(named.map(pathsAt))
  return { files: found.flatMap(({ files }) => files), seen: found.flatMap(({ seen }) => seen) }
}

async function pathsAt(path: string): Promise<LedgerPaths> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw noLedger(path)
  if (!found.isDirectory()) {
    if (found.size > 0) await requireEntry(path)
    return { files: [path], seen: [] }
  }
  const files = await ledgerFiles(path)
  if (files.length === 0) throw new EdgewiseError('not-found', `${path} holds no file of a ledger.`)
  const checkpoint = await lastCheckpoint(path)
  return { files, seen: checkpoint === undefined ? [] : [checkpoint] }
}

const lookBytes = 1_048_576
const entryBeginning = /^[\w-]{43} \{/m

async function requireEntry(path: string): Promise<void> {
  const beginning = await readBeginning(path).catch((cause: Error) => {
    throw new EdgewiseError('not-found', `${path} cannot be read: ${cause.message}.`, { cause })
  })
  if (beginning.startsWith(exportMark) || entryBeginning.test(beginning)) return
  const message = `${path} holds no ledger; name the folder of one, its files, or what \`edgewise ledger export\` wrote.`
  throw new EdgewiseError('config-invalid', message)
}

async function readBeginning(path: string): Promise<string> {
  await using file = await open(path, 'r')
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(lookBytes), 0, lookBytes, 0)
  return buffer.toString('latin1', 0, bytesRead)
}

/** Throws `not-found` for a folder without a single file of a ledger. */
export async function requireLedger(folder: string): Promise<void> {
  if ((await ledgerFiles(folder)).length === 0) throw noLedger(folder)
}

function noLedger(path: string): EdgewiseError {
  return new EdgewiseError('not-found', `There is no ledger at ${path}; name the folder with --state.`)
}

/** The bytes of a file that an option or an argument names. Throws `not-found`. */
export async function readNamedBytes(path: string): Promise<Buffer> {
  return readFile(path).catch((cause: Error) => {
    throw new EdgewiseError('not-found', `${path} cannot be read: ${cause.message}.`, { cause })
  })
}

/** The text of such a file. Throws `not-found`. */
export async function readNamed(path: string): Promise<string> {
  return (await readNamedBytes(path)).toString('utf8')
}

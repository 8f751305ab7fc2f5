import { open, readFile, rm, stat } from 'node:fs/promises'
import { lastCheckpoint, ledgerFiles } from '../../privacy/ledger/ledger-folder.ts'
import { exportMark } from '../../privacy/ledger/verify/verify-ledger.ts'
import { EdgewiseError } from '../../spec/errors.ts'

export interface ExportLedgerOptions {
  readonly folder: string
  readonly path: string
}

/**
 * Writes everything an auditor needs into one new file (0600): the last signed checkpoint, then all entries, among them the public key and every
 * checkpoint. A ledger may be written meanwhile. Throws `not-found` without a ledger, `store-failed` when the file is there already.
 */
export async function exportLedger({ folder, path }: ExportLedgerOptions): Promise<{ readonly bytes: number }> {
  const checkpoint = await lastCheckpoint(folder)
  const files = await ledgerFiles(folder)
  if (files.length === 0)
    throw new EdgewiseError('not-found', `There is no ledger in ${folder}: nothing was sent from here yet.`)
  const target = await open(path, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    const because = cause.code === 'EEXIST' ? 'it is there already' : cause.message
    throw new EdgewiseError('store-failed', `${path} cannot be written: ${because}. Name another file.`, { cause })
  })
  try {
    await using file = target
    await file.writeFile(`${exportMark}${Buffer.from(checkpoint ?? '').toString('base64')}\n`)
    for (const source of files) {
      const bytes = await readFile(source)
      await file.writeFile(bytes.subarray(0, bytes.lastIndexOf(10) + 1))
    }
    await file.datasync()
  } catch (thrown) {
    await rm(path, { force: true })
    throw thrown
  }
  return { bytes: (await stat(path)).size }
}

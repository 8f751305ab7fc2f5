import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { lastCheckpoint, ledgerFiles } from '../../../src/privacy/ledger/ledger-folder.ts'
import { openLedger } from '../../../src/privacy/ledger/open-ledger.ts'
import { verifyLedger } from '../../../src/privacy/ledger/verify/verify-ledger.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'
import { startWriter, type WriterProcess } from '../../../src/testing/faults/writer-process.ts'

/** A process that records sends until it is killed. */
export function startLedgerProcess(folder: string, acknowledged: ReadonlySet<string>): WriterProcess {
  const first = 1 + Math.max(0, ...[...acknowledged].map(Number))
  return startWriter({
    file: process.execPath,
    args: [join(import.meta.dirname, 'ledger-process.ts'), folder, String(first + 1000)],
  })
}

/** Takes up the ledger that a killed process left, checks it, and gives the sends in it. Throws when it is not good. */
export async function recoverLedger(folder: string): Promise<readonly string[]> {
  const onTrouble = (message: string) => {
    throw new Error(message)
  }
  await (await openLedger({ folder, keyPath: `${folder}.pem`, clock: systemClock, onTrouble }))[Symbol.asyncDispose]()
  const files = await ledgerFiles(folder)
  const { fault } = verifyLedger({ files, seen: [(await lastCheckpoint(folder)) ?? ''] })
  if (fault !== undefined) throw new Error(JSON.stringify(fault))
  const text = files.map((path) => readFileSync(path, 'latin1')).join('')
  return [...text.matchAll(/"to":"https:\/\/hub\.example:(\d+)"/g)].map(([, key = '']) => key)
}

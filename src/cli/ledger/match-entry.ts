import { parseLedgerKey, saltedHash, saltOf } from '../../privacy/ledger/ledger-key.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import { ledgerLines } from './ledger-lines.ts'
import { readNamed, readNamedBytes, requireLedger } from './ledger-paths.ts'

export interface MatchEntryOptions {
  readonly folder: string
  readonly keyPath: string
  readonly entry: number
  readonly path: string
}

/** Whether the file holds the bytes whose salted hash the entry has; `salt` is that of this entry alone, hexadecimal. Throws `not-found`. */
export async function matchEntry(
  options: MatchEntryOptions,
): Promise<{ readonly isSame: boolean; readonly salt: string }> {
  const { folder, keyPath, entry, path } = options
  const body = await readNamedBytes(path)
  await requireLedger(folder)
  let ledger = ''
  for await (const entries of ledgerLines({ folder })) {
    for (const found of entries) {
      if (found.kind === 'file') ledger = String(found.ledger)
      if (found.seq !== entry) continue
      if (typeof found.bodyHash !== 'string')
        throw new EdgewiseError('not-found', `Entry ${entry} (${found.kind}) stands for no body.`)
      const { saltKey } = parseLedgerKey(await readNamed(keyPath), keyPath)
      const salt = saltOf(saltKey, ledger, entry)
      return { isSame: saltedHash(salt, body) === found.bodyHash, salt: salt.toString('hex') }
    }
  }
  throw new EdgewiseError('not-found', `The ledger in ${folder} has no entry ${entry}.`)
}

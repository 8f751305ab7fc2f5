import { open } from 'node:fs/promises'
import { ledgerFiles } from '../../privacy/ledger/ledger-folder.ts'
import type { Clock } from '../../spec/ports.ts'
import type { LedgerEntry } from './recorded-sends.ts'

export interface LedgerLinesOptions {
  readonly folder: string
  /** Goes on with what is written later, until the signal aborts. */
  readonly follow?: { readonly clock: Clock; readonly signal: AbortSignal }
}

const pieceBytes = 1_048_576
const pollMs = 300

/** Whole entries of a ledger that may be growing, unchecked, in pieces as they come; an empty one tells that nothing more is there yet. */
export async function* ledgerLines({ folder, follow }: LedgerLinesOptions): AsyncGenerator<readonly LedgerEntry[]> {
  let path: string | undefined
  let offset = 0
  for (;;) {
    const files = await ledgerFiles(folder)
    path ??= files[0]
    const next = files.find((file) => path !== undefined && file > path)
    const { entries, bytes } = path === undefined ? nothing : await entriesAt(path, offset)
    offset += bytes
    if (bytes > 0) yield entries
    else if (next !== undefined) {
      path = next
      offset = 0
    } else {
      yield []
      if (follow === undefined) return
      const isOver = await follow.clock.delay(pollMs, follow.signal).then(
        () => false,
        () => true,
      )
      if (isOver) return
    }
  }
}

const nothing = { entries: [], bytes: 0 }

async function entriesAt(path: string, offset: number): Promise<{ entries: readonly LedgerEntry[]; bytes: number }> {
  await using file = await open(path, 'r')
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes, offset)
  const text = buffer.toString('latin1', 0, buffer.subarray(0, bytesRead).lastIndexOf(10) + 1)
  const lines = text.split('\n').slice(0, -1)
  return { entries: lines.flatMap(entryOf), bytes: text.length }
}

/** What is no entry is left to `ledger verify`. */
function entryOf(line: string): readonly LedgerEntry[] {
  try {
    return [JSON.parse(line.slice(44)) as LedgerEntry]
  } catch {
    return []
  }
}

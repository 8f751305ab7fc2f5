import { createPublicKey, type KeyObject } from 'node:crypto'
import type { LedgerEntry } from '../../../src/cli/ledger/recorded-sends.ts'
import { signCheckpoint } from '../../../src/privacy/ledger/sign-checkpoint.ts'
import { canonical } from '../../../src/privacy/ledger/verify/canonical.ts'
import { History } from '../../../src/privacy/ledger/verify/history.ts'

/** The lines of each file of a ledger. */
export type Files = readonly (readonly string[])[]

export function entryOf(line: string): LedgerEntry {
  return JSON.parse(line.slice(44)) as LedgerEntry
}

/**
 * Writes a whole history anew, as somebody would who knows the format: numbers, chain, files and trees fit. With a key of his own he signs it too; without one
 * the old checkpoints stay.
 */
export function rechained(files: readonly (readonly LedgerEntry[])[], ownKey?: KeyObject): Files {
  const history = new History()
  return files.map((entries) => entries.map((entry) => lineAfter(history, entry, ownKey)))
}

function lineAfter(history: History, entry: LedgerEntry, ownKey: KeyObject | undefined): string {
  const seq = history.size + 1
  const { size, root, head, frontier } = history
  const changes = {
    ...(entry.kind === 'file' ? { prev: text(head), frontier: frontier.map(text), ...keyOf(ownKey) } : {}),
    ...(entry.kind === 'checkpoint' && ownKey !== undefined
      ? { note: signCheckpoint({ origin: String(entry.note).split('\n')[0] ?? '', size, root, head }, ownKey) }
      : {}),
  }
  const json = canonical({ ...entry, ...changes, seq })
  history.add(json)
  return `${text(history.head)} ${json}`
}

function keyOf(ownKey: KeyObject | undefined) {
  if (ownKey === undefined) return {}
  const spki = createPublicKey(ownKey).export({ type: 'spki', format: 'der' })
  return { key: text(spki.subarray(-32)) }
}

function text(bytes: Buffer): string {
  return bytes.toString('base64url')
}

/** One line as it would follow from the one before it. */
export function lineFollowing(before: string, entry: object): string {
  const history = new History({ head: Buffer.from(before.slice(0, 43), 'base64url') })
  const json = canonical(entry)
  history.add(json)
  return `${text(history.head)} ${json}`
}

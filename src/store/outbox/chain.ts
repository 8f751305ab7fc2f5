import { createHash } from 'node:crypto'
import type { SealedEntry } from './outbox.ts'

/** Running hash of an epoch before its first entry, 64 hexadecimal digits. */
export function chainStart(epoch: string): string {
  return createHash('sha256').update(`edgewise-outbox ${epoch}`).digest('hex')
}

/** Running hash behind these entries, of which the first has the number `first`. Two histories that differ anywhere have different heads. */
export function chainHead(
  head: string,
  { first, entries }: { readonly first: number; readonly entries: readonly SealedEntry[] },
): string {
  return entries.reduce((before, { id, kind, enqueuedAt, body }, index) => {
    const facts = JSON.stringify([before, first + index, id, kind, enqueuedAt, body])
    return createHash('sha256').update(facts).digest('hex')
  }, head)
}

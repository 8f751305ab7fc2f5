import { createHash } from 'node:crypto'
import type { Reading } from '../../privacy/ledger/verify/verify-ledger.ts'

export interface TellVerdictOptions {
  readonly reading: Reading
  /** Where the key comes from: `--key`, the state folder of an edge or a hub, or the ledger itself. */
  readonly keyOf: 'given' | 'edge' | 'hub' | 'ledger'
  /** Other ledgers of which the same edge has handed over checkpoints. */
  readonly otherLedgers: readonly string[]
}

const keyWords = {
  given: 'as given by --key',
  edge: 'that of this edge, from its state folder',
  hub: 'that of this hub, from its state folder',
  ledger:
    'taken from the ledger itself: compare it with the one that `edgewise ledger key` prints at the edge, or give --key',
} as const

/** What `ledger verify` says to a person. */
export function tellVerdict({ reading, keyOf, otherLedgers }: TellVerdictOptions): string {
  const { fault, ledger, key, first, last, signedUpTo, sends, bytes, open } = reading
  const lines = [
    fault === undefined
      ? `Good: entries ${first} to ${last} of ${ledger} are as they were written.`
      : `NOT GOOD at entry ${fault.entry}: ${fault.kind}, ${fault.because}${fault.at === undefined ? '' : ` (${fault.at})`}.`,
    `Signed up to entry ${signedUpTo}; ${last - signedUpTo} later ones are only chained.`,
    `${sends} sends, at most ${bytes} bytes; ${open.size} of them without a recorded end.`,
  ]
  if (otherLedgers.length > 0)
    lines.push(`The same edge had other ledgers before, which this says nothing of: ${otherLedgers.join(', ')}.`)
  if (key === undefined) return lines.join('\n')
  const print = `Key ${createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')}`
  return [...lines, `${print}, ${keyWords[keyOf]}.`].join('\n')
}

/** The same as JSON. */
export function verdictAsJson({ reading, keyOf, otherLedgers }: TellVerdictOptions): string {
  const { fault, ledger, history, first, last, signedUpTo, sends, bytes, open } = reading
  const head = history.head.toString('base64')
  const openSends = [...open.keys()]
  return JSON.stringify(
    {
      good: fault === undefined,
      fault,
      ledger,
      first,
      last,
      signedUpTo,
      sends,
      bytes,
      openSends,
      head,
      isKeyGiven: keyOf !== 'ledger',
      otherLedgers,
    },
    null,
    2,
  )
}

import type { LedgerKey } from '../../privacy/ledger/ledger-key.ts'
import { requestMark, saltOf } from '../../privacy/ledger/ledger-key.ts'

/** An entry as it stands in a ledger file. */
export type LedgerEntry = Readonly<Record<string, unknown>> & { readonly kind: string; readonly seq: number }

/** One send with its end. */
export interface RecordedSend {
  readonly entry: LedgerEntry
  /** Absent while it is under way, and of one that was interrupted. */
  readonly end?: LedgerEntry
  /** `interrupted`: its end was never recorded, and never will be. */
  readonly state: 'ended' | 'unsent' | 'open' | 'interrupted'
}

export interface RecordedSendsOptions {
  /** Only sends of this request; needs the key that the ledger was salted with. */
  readonly request?: { readonly id: string; readonly key: LedgerKey }
}

/** Brings together the entries of each send, in the order in which they end. */
export class RecordedSends {
  readonly #request: RecordedSendsOptions['request']
  readonly #open = new Map<number, LedgerEntry>()
  #ledger = ''

  constructor({ request }: RecordedSendsOptions = {}) {
    this.#request = request
  }

  /** Takes the next entry of the ledger; gives the sends that are over with it. */
  take(entry: LedgerEntry): readonly RecordedSend[] {
    if (entry.kind === 'file') this.#ledger = String(entry.ledger)
    if (entry.kind === 'send' && this.#isWanted(entry)) this.#open.set(entry.seq, entry)
    if (entry.kind === 'unsent' && this.#isWanted(entry)) return [{ entry, state: 'unsent' }]
    if (entry.kind === 'open') return this.#takeOpen('interrupted')
    const begun = entry.kind === 'end' ? this.#open.get(Number(entry.of)) : undefined
    if (begun === undefined) return []
    this.#open.delete(begun.seq)
    return [{ entry: begun, end: entry, state: 'ended' }]
  }

  /** Sends whose end did not come yet. */
  get open(): readonly RecordedSend[] {
    return [...this.#open.values()].map((entry) => ({ entry, state: 'open' }))
  }

  /** Whoever writes the ledger now did not send them. */
  #takeOpen(state: 'interrupted'): readonly RecordedSend[] {
    const sends = [...this.#open.values()].map((entry) => ({ entry, state }))
    this.#open.clear()
    return sends
  }

  #isWanted({ seq, request }: LedgerEntry): boolean {
    if (this.#request === undefined) return true
    const { id, key } = this.#request
    return request !== undefined && request === requestMark(saltOf(key.saltKey, this.#ledger, seq), id)
  }
}

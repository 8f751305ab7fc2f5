import type { OnCheckpoint } from '../../privacy/ledger/open-ledger.ts'
import { asEdgewiseError, type EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { Outbox } from '../../store/outbox/outbox.ts'

/**
 * Queues the checkpoints of a ledger for the hub, at most one a minute, or one an hour while nothing but control data is sent: each vouches for all that the
 * ones before it did.
 */
export interface CheckpointPost extends AsyncDisposable {
  /** Queues this one, now or as soon as it may; a later one takes its place while it has to wait. */
  readonly take: OnCheckpoint
  /** Whether there is a hub to have them; not at first. Without one only the latest is remembered. */
  setWanted(isWanted: boolean): void
}

export interface PostCheckpointsOptions {
  readonly outbox: Pick<Outbox, 'enqueue' | 'status'>
  readonly clock: Clock
  /** Told once when one could not be queued; it is tried again. */
  readonly onTrouble: (error: EdgewiseError) => void
}

const everyMs = 60_000
const everyIdleMs = 3_600_000
/** An edge that is offline for longer than these take goes on with the latest one when they are delivered. */
const mostWaiting = 60

/** Makes a post whose last checkpoint is queued when it is disposed of. */
export function postCheckpoints(options: PostCheckpointsOptions): CheckpointPost {
  return new OutboxCheckpointPost(options)
}

class OutboxCheckpointPost implements CheckpointPost {
  readonly #options: PostCheckpointsOptions
  #latest: string | undefined
  #isWanted = false
  #isPressing = false
  #lastAtMs = Number.NEGATIVE_INFINITY
  #cancel: (() => void) | undefined
  #writing: Promise<void> = Promise.resolve()
  #isTroubled = false

  constructor(options: PostCheckpointsOptions) {
    this.#options = options
  }

  readonly take: OnCheckpoint = (note, { isIdle }) => {
    this.#latest = note
    this.#isPressing ||= !isIdle
    this.#postWhenDue()
  }

  setWanted(isWanted: boolean): void {
    this.#isWanted = isWanted
    this.#postWhenDue()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancel?.()
    this.#post()
    this.#isWanted = false
    await this.#writing
  }

  #postWhenDue(): void {
    const { clock } = this.#options
    this.#cancel?.()
    this.#cancel = undefined
    if (this.#latest === undefined || !this.#isWanted) return
    const restMs = this.#lastAtMs + (this.#isPressing ? everyMs : everyIdleMs) - clock.monotonic()
    if (restMs > 0) {
      this.#cancel = clock.after(restMs, () => this.#postWhenDue())
      return
    }
    this.#lastAtMs = clock.monotonic()
    this.#post()
  }

  #post(): void {
    const note = this.#latest
    if (note === undefined || !this.#isWanted) return
    this.#latest = undefined
    this.#isPressing = false
    this.#writing = this.#writing.then(() => this.#write(note))
  }

  async #write(note: string): Promise<void> {
    const { outbox, onTrouble } = this.#options
    try {
      if (outbox.status().waiting['ledger-checkpoint'].rows >= mostWaiting) return this.#keep(note)
      await outbox.enqueue({ kind: 'ledger-checkpoint', body: note, orderingKey: 'ledger-checkpoint' })
      this.#isTroubled = false
    } catch (thrown) {
      if (!this.#isTroubled) onTrouble(asEdgewiseError(thrown))
      this.#isTroubled = true
      this.#keep(note)
    }
  }

  /** It is queued later, unless another has come by then. */
  #keep(note: string): void {
    this.#latest ??= note
    this.#isPressing = true
    this.#postWhenDue()
  }
}

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
export function postCheckpoints({ outbox, clock, onTrouble }: PostCheckpointsOptions): CheckpointPost {
  let latest: string | undefined
  let isWanted = false
  let isPressing = false
  let lastAtMs = Number.NEGATIVE_INFINITY
  let cancel: (() => void) | undefined
  let writing: Promise<void> = Promise.resolve()
  let isTroubled = false

  async function write(note: string): Promise<void> {
    try {
      await outbox.enqueue({ kind: 'ledger-checkpoint', body: note, orderingKey: 'ledger-checkpoint' })
      isTroubled = false
    } catch (thrown) {
      latest ??= note
      isPressing = true
      if (!isTroubled) onTrouble(asEdgewiseError(thrown))
      isTroubled = true
      postWhenDue()
    }
  }

  function post(): void {
    if (latest === undefined || !isWanted) return
    if (outbox.status().waiting['ledger-checkpoint'].rows >= mostWaiting) return
    const note = latest
    latest = undefined
    isPressing = false
    writing = writing.then(() => write(note))
  }

  function postWhenDue(): void {
    cancel?.()
    cancel = undefined
    if (latest === undefined || !isWanted) return
    const restMs = lastAtMs + (isPressing ? everyMs : everyIdleMs) - clock.monotonic()
    if (restMs <= 0) {
      lastAtMs = clock.monotonic()
      post()
    }
    if (latest !== undefined) cancel = clock.after(restMs > 0 ? restMs : everyMs, postWhenDue)
  }

  return {
    take(note, { isIdle }) {
      latest = note
      isPressing ||= !isIdle
      postWhenDue()
    },
    setWanted(wanted) {
      isWanted = wanted
      postWhenDue()
    },
    async [Symbol.asyncDispose]() {
      cancel?.()
      post()
      isWanted = false
      await writing
    },
  }
}

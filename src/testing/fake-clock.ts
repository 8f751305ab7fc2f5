import type { Clock } from '../spec/ports.ts'

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /** How many delays and limits have not come due yet. */
  readonly pendingDelays: number
  /**
   * Moves time on, ending the delays that come due in their order, each at its own moment. Whatever a delay wakes runs up to its next
   * wait before time moves again, so a loop of delays runs as often as it would have.
   */
  advance(ms: number): Promise<void>
}

interface PendingDelay {
  readonly dueMs: number
  readonly end: () => void
}

/** Makes a clock whose wall time starts at `now` (default 2026-01-01T00:00:00Z) and whose monotonic time starts at 0. */
export function createFakeClock({ now = Date.UTC(2026, 0, 1) }: { readonly now?: number } = {}): FakeClock {
  let elapsedMs = 0
  const pending = new Set<PendingDelay>()

  function delay(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      const abort = () => {
        pending.delete(entry)
        reject(signal?.reason)
      }
      const end = () => {
        pending.delete(entry)
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      const entry = { dueMs: elapsedMs + Math.max(0, ms), end }
      pending.add(entry)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  function after(ms: number, callback: () => void): () => void {
    const entry = {
      dueMs: elapsedMs + Math.max(0, ms),
      end() {
        pending.delete(entry)
        callback()
      },
    }
    pending.add(entry)
    return () => void pending.delete(entry)
  }

  async function advance(ms: number): Promise<void> {
    const target = elapsedMs + ms
    await settle()
    for (let next = earliest(pending); next !== undefined && next.dueMs <= target; next = earliest(pending)) {
      elapsedMs = Math.max(elapsedMs, next.dueMs)
      next.end()
      await settle()
    }
    elapsedMs = target
  }

  return {
    now: () => now + elapsedMs,
    monotonic: () => elapsedMs,
    delay,
    after,
    advance,
    get pendingDelays() {
      return pending.size
    },
  }
}

/** First of those that come due first: a Set keeps the order of insertion. */
function earliest(pending: ReadonlySet<PendingDelay>): PendingDelay | undefined {
  let first: PendingDelay | undefined
  for (const entry of pending) if (first === undefined || entry.dueMs < first.dueMs) first = entry
  return first
}

/** One turn of the event loop: all microtasks, however long their chain. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

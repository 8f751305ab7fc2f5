import type { Clock } from '../../src/spec/ports.ts'
import type { SimulatedTime } from './simulated-time.ts'

/** The wall clock of one machine; it may be wrong, and it goes on while the machine is off. */
export class WallClock {
  readonly #time: SimulatedTime
  #offsetMs: number
  #frozenAtMs: number | undefined

  constructor(time: SimulatedTime, startMs = Date.UTC(2026, 0, 1)) {
    this.#time = time
    this.#offsetMs = startMs
  }

  now(): number {
    return this.#frozenAtMs ?? this.#time.nowMs + this.#offsetMs
  }

  /** Somebody sets it, or its battery is empty. */
  jump(ms: number): void {
    this.#offsetMs += ms
    if (this.#frozenAtMs !== undefined) this.#frozenAtMs += ms
  }

  /** It shows the same moment until it is thawed; time itself goes on. */
  freeze(): void {
    this.#frozenAtMs = this.now()
  }

  thaw(): void {
    this.#frozenAtMs = undefined
  }
}

/** The clock of one run of a program. Once `life` is aborted, as by a crash, none of its timers ends any more: nobody is there to be woken. */
export function clockOfLife(time: SimulatedTime, wall: WallClock, life: AbortSignal): Clock {
  const bornMs = time.nowMs

  function after(ms: number, callback: () => void): () => void {
    return time.after(ms, () => {
      if (!life.aborted) callback()
    })
  }

  function delay(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      const abort = () => {
        cancel()
        reject(signal?.reason)
      }
      const cancel = after(ms, () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      })
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  return { now: () => wall.now(), monotonic: () => time.nowMs - bornMs, delay, after, backgroundDelay: delay }
}

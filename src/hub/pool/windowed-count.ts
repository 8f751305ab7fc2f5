import type { Clock } from '../../spec/ports.ts'

const slices = 10

/** Counts what happened in the last `windowMs`, to a tenth of it. */
export class WindowedCount {
  readonly #clock: Clock
  readonly #sliceMs: number
  readonly #counts = new Map<number, number>()

  constructor({ clock, windowMs }: { readonly clock: Clock; readonly windowMs: number }) {
    this.#clock = clock
    this.#sliceMs = windowMs / slices
  }

  get total(): number {
    this.#forget()
    let total = 0
    for (const count of this.#counts.values()) total += count
    return total
  }

  add(): void {
    this.#forget()
    const slice = this.#slice()
    this.#counts.set(slice, (this.#counts.get(slice) ?? 0) + 1)
  }

  clear(): void {
    this.#counts.clear()
  }

  #forget(): void {
    const oldest = this.#slice() - slices
    for (const slice of this.#counts.keys()) if (slice <= oldest) this.#counts.delete(slice)
  }

  #slice(): number {
    return Math.floor(this.#clock.monotonic() / this.#sliceMs)
  }
}

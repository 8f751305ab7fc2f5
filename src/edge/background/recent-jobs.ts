import { hash } from 'node:crypto'
import type { Clock } from '../../spec/ports.ts'
import type { BackgroundJob } from './background-job.ts'

const keptMs = 60_000
const mostKept = 1_000

/** The jobs of the last minute, by what they ask: a client whose connection broke sends the same again, without a name for it. */
export class RecentJobs {
  readonly #clock: Clock
  readonly #ids = new Map<string, { readonly id: string; readonly untilMs: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(job: BackgroundJob, id: string): void {
    const key = digestOf(job)
    this.#ids.delete(key)
    this.#ids.set(key, { id, untilMs: this.#clock.monotonic() + keptMs })
    for (const [oldest, { untilMs }] of this.#ids) {
      if (this.#ids.size <= mostKept && untilMs > this.#clock.monotonic()) break
      this.#ids.delete(oldest)
    }
  }

  /** Id of the response that the same job was given. */
  find(job: BackgroundJob): string | undefined {
    const found = this.#ids.get(digestOf(job))
    return found !== undefined && found.untilMs > this.#clock.monotonic() ? found.id : undefined
  }
}

function digestOf(job: BackgroundJob): string {
  return hash('sha256', JSON.stringify(job), 'base64url')
}

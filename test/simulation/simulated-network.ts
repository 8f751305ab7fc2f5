import { EdgewiseError } from '../../src/spec/errors.ts'
import type { Random } from '../../src/spec/ports.ts'
import type { SimulatedTime } from './simulated-time.ts'

/** How a link behaves now. Different delays put messages out of order. */
export interface Weather {
  readonly shortestMs: number
  readonly longestMs: number
  /** Share of messages, either way, that vanish. */
  readonly lossRatio: number
  /** Share of requests that arrive a second time, later. */
  readonly duplicateRatio: number
  /** True: nothing gets through. */
  readonly isCut: boolean
}

export const fairWeather: Weather = {
  shortestMs: 20,
  longestMs: 60,
  lossRatio: 0,
  duplicateRatio: 0,
  isCut: false,
}

/** After this long without an answer, a connection gives up. */
const giveUpMs = 10_000

/** When TCP sends the beginning of a connection again. */
const retransmissionsMs = [1000, 3000, 7000]

export interface NetworkTally {
  requests: number
  lostRequests: number
  lostAnswers: number
  duplicates: number
}

/** The link of one edge to the hub. */
export class SimulatedLink {
  weather: Weather = fairWeather
  readonly tally: NetworkTally = { requests: 0, lostRequests: 0, lostAnswers: 0, duplicates: 0 }
  readonly #time: SimulatedTime
  readonly #random: Random

  constructor(time: SimulatedTime, random: Random) {
    this.#time = time
    this.#random = random
  }

  get isCut(): boolean {
    return this.weather.isCut
  }

  /**
   * Takes a request to the other side, where `serve` answers it if anybody is there (it gives undefined otherwise), and its answer back. Rejects with
   * `link-down` when no answer comes, for whatever reason. A request that arrives twice is served twice; the first answer counts.
   */
  call<T>(serve: () => Promise<T> | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      this.tally.requests += 1
      const giveUp = () => reject(new EdgewiseError('link-down', 'the simulated link gave no answer'))
      const cancel = this.#time.after(giveUpMs, giveUp)
      const carry = () => this.#carry(serve, (answer) => answer.then(resolve, reject).finally(cancel))
      if (this.weather.isCut) {
        // Some networks refuse at once, others swallow, and TCP sends again.
        if (this.#random() < 0.5) this.#time.after(this.#delayMs(), giveUp)
        else this.#sendAgain(carry)
        return
      }
      carry()
      if (this.#random() < this.weather.duplicateRatio) {
        this.tally.duplicates += 1
        carry()
      }
    })
  }

  #sendAgain(carry: () => void): void {
    let isCarried = false
    for (const ms of retransmissionsMs) {
      this.#time.after(ms, () => {
        if (isCarried || this.weather.isCut) return
        isCarried = true
        carry()
      })
    }
  }

  #carry<T>(serve: () => Promise<T> | undefined, take: (answer: Promise<T>) => void): void {
    if (this.#random() < this.weather.lossRatio) {
      this.tally.lostRequests += 1
      return
    }
    this.#time.after(this.#delayMs(), () => {
      const serving = this.weather.isCut ? undefined : serve()
      if (serving === undefined) return
      const answered = () => {
        if (this.weather.isCut || this.#random() < this.weather.lossRatio) this.tally.lostAnswers += 1
        else this.#time.after(this.#delayMs(), () => take(serving))
      }
      serving.then(answered, answered)
    })
  }

  #delayMs(): number {
    const { shortestMs, longestMs } = this.weather
    return shortestMs + this.#random() * (longestMs - shortestMs)
  }
}

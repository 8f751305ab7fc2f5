/** How fast a model has been of late: medians over the last steps, without the time that a session waits for its turn. */
export interface SpeedMeter {
  /** Notes a step of `tokens` tokens: one token is decoding, more are reading a prompt. */
  record(tokens: number, ms: number): void
  /** Steps noted so far. */
  readonly steps: number
  readonly prefillTokensPerSecond: number | undefined
  readonly decodeTokensPerSecond: number | undefined
}

/** A meter that remembers this many steps of each kind. */
export function createSpeedMeter(remembered = 64): SpeedMeter {
  const prefill: number[] = []
  const decode: number[] = []
  let steps = 0
  return {
    record(tokens, ms) {
      steps++
      const list = tokens > 1 ? prefill : decode
      list.push((1000 * tokens) / ms)
      if (list.length > remembered) list.shift()
    },
    get steps() {
      return steps
    },
    get prefillTokensPerSecond() {
      return median(prefill)
    },
    get decodeTokensPerSecond() {
      return median(decode)
    },
  }
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[values.length >> 1]
}

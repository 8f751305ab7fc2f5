import { bytesText } from '../../model-store/bytes-text.ts'
import type { Clock } from '../../spec/ports.ts'

export interface ProgressLinesOptions {
  readonly write: (text: string) => void
  /** A terminal gets one line that changes; anything else a line now and then. */
  readonly isTerminal: boolean
  readonly clock: Pick<Clock, 'monotonic'>
}

/** Tells a person how far a transfer is. */
export interface ProgressLines {
  update(doneBytes: number, totalBytes: number): void
  /** A line of its own. */
  say(line: string): void
  end(): void
}

const terminalEveryMs = 200
const logEveryMs = 5000
/** The rate is that of so long before. */
const windowMs = 10_000

/** Lines of bytes, rate and time left. */
export function createProgressLines({ write, isTerminal, clock }: ProgressLinesOptions): ProgressLines {
  const everyMs = isTerminal ? terminalEveryMs : logEveryMs
  const samples: { readonly atMs: number; readonly bytes: number }[] = []
  let lastMs = Number.NEGATIVE_INFINITY
  let isOpen = false

  const closeLine = () => {
    if (isOpen) write('\n')
    isOpen = false
  }

  return {
    update(doneBytes, totalBytes) {
      const atMs = clock.monotonic()
      const isLast = doneBytes === totalBytes
      if ((atMs - lastMs < everyMs && !isLast) || samples.at(-1)?.bytes === doneBytes) return
      lastMs = atMs
      // Starting over is no progress.
      if (doneBytes < (samples.at(-1)?.bytes ?? 0)) samples.length = 0
      samples.push({ atMs, bytes: doneBytes })
      while (samples.length > 2 && atMs - (samples[0]?.atMs ?? 0) > windowMs) samples.shift()
      const line = progressLine({ doneBytes, totalBytes, bytesPerSecond: rateOf(samples) })
      write(isTerminal ? `\r${line.padEnd(78)}` : `${line}\n`)
      isOpen = isTerminal
    },
    say(line) {
      closeLine()
      write(`${line}\n`)
    },
    end: closeLine,
  }
}

/** `120 MiB of 1.2 GiB (10 %), 12.3 MiB/s, 1 min 32 s left`. */
export function progressLine({
  doneBytes,
  totalBytes,
  bytesPerSecond,
}: {
  readonly doneBytes: number
  readonly totalBytes: number
  /** Undefined while it is not known. */
  readonly bytesPerSecond: number | undefined
}): string {
  const share = totalBytes === 0 ? 100 : Math.floor((doneBytes / totalBytes) * 100)
  const done = `${bytesText(doneBytes)} of ${bytesText(totalBytes)} (${share} %)`
  if (bytesPerSecond === undefined || bytesPerSecond <= 0 || doneBytes === totalBytes) return done
  const left = durationText((totalBytes - doneBytes) / bytesPerSecond)
  return `${done}, ${bytesText(bytesPerSecond)}/s, ${left} left`
}

function rateOf(samples: readonly { readonly atMs: number; readonly bytes: number }[]): number | undefined {
  const [first] = samples
  const last = samples.at(-1)
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return undefined
  return ((last.bytes - first.bytes) / (last.atMs - first.atMs)) * 1000
}

function durationText(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

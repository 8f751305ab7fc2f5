import type { Clock } from '../spec/ports.ts'

/** Waits for `work`, but not longer than `ms`. */
export async function within(ms: number, work: Promise<unknown>, clock: Clock): Promise<void> {
  const timer = new AbortController()
  await Promise.race([work, clock.delay(ms, timer.signal).catch(() => {})])
  timer.abort()
}

import type { Clock } from './ports.ts'

/** The real time, from the globals that every runtime has. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  delay: (ms, signal) => wait(ms, signal, false),
  after,
  backgroundDelay: (ms, signal) => wait(ms, signal, true),
}

/** setTimeout takes a longer time for 1 ms. */
const longestTimeoutMs = 2 ** 31 - 1

function after(ms: number, callback: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>
  const set = (leftMs: number) => {
    const stepMs = Math.min(leftMs, longestTimeoutMs)
    timer = setTimeout(() => (leftMs > stepMs ? set(leftMs - stepMs) : callback()), stepMs)
  }
  set(ms)
  return () => clearTimeout(timer)
}

async function wait(ms: number, signal: AbortSignal | undefined, background: boolean): Promise<void> {
  let left = ms
  while (left > longestTimeoutMs) {
    await timeout(longestTimeoutMs, signal, background)
    left -= longestTimeoutMs
  }
  await timeout(left, signal, background)
}

function timeout(ms: number, signal: AbortSignal | undefined, background: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason)
      return
    }
    const abort = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, ms)
    signal?.addEventListener('abort', abort, { once: true })
    // Browsers number their timers, and no timer holds a page.
    if (background && typeof timer === 'object') timer.unref()
  })
}

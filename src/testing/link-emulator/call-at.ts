/** So much too early is on time. */
const earlyMs = 0.15

/**
 * Calls once `performance.now()` reaches `dueMs`, within a few tenths of a millisecond on an idle machine, but never before it has returned; gives
 * back what cancels it. Timers come in whole milliseconds, early or late by up to one: the rest is waited for in turns of the event loop.
 */
export function callAt(dueMs: number, call: () => void): () => void {
  let cancel = () => {}

  const wait = (restMs: number) => {
    if (restMs < 1) {
      const turn = setImmediate(look)
      cancel = () => clearImmediate(turn)
    } else {
      const timer = setTimeout(look, Math.floor(restMs))
      cancel = () => clearTimeout(timer)
    }
  }
  const look = () => {
    const restMs = dueMs - performance.now()
    if (restMs < earlyMs) call()
    else wait(restMs)
  }

  wait(dueMs - performance.now())
  return () => cancel()
}

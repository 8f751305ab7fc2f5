/**
 * Calls once `performance.now()` reaches `dueMs`, within half a millisecond on an idle machine; gives back what cancels it. Timers come
 * in whole milliseconds, early or late by up to one: the rest of a millisecond is waited for in turns of the event loop.
 */
export function callAt(dueMs: number, call: () => void): () => void {
  let cancel = () => {}
  const step = () => {
    const restMs = dueMs - performance.now()
    if (restMs < 0.5) {
      call()
    } else if (restMs < 1) {
      const turn = setImmediate(step)
      cancel = () => clearImmediate(turn)
    } else {
      const timer = setTimeout(step, Math.floor(restMs))
      cancel = () => clearTimeout(timer)
    }
  }
  const first = dueMs - performance.now() < 0.5 ? setImmediate(call) : undefined
  if (first === undefined) step()
  else cancel = () => clearImmediate(first)
  return () => cancel()
}

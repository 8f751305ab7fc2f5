import { expect, it } from 'vitest'
import { systemClock } from '../../src/spec/system-clock.ts'

it('waits as long as asked, by its own monotonic time', async () => {
  const startedMs = systemClock.monotonic()
  await systemClock.delay(20)
  expect(systemClock.monotonic() - startedMs).toBeGreaterThan(18)
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1_000)
})

it.each(['delay', 'backgroundDelay'] as const)('rejects %s with the reason of its signal', async (method) => {
  const reason = new Error('enough')
  await expect(systemClock[method]?.(60_000, AbortSignal.abort(reason))).rejects.toBe(reason)
  const abort = new AbortController()
  const waiting = systemClock[method]?.(60_000, abort.signal)
  abort.abort(reason)
  await expect(waiting).rejects.toBe(reason)
})

it('does not take a wait of more than 24.8 days for none', async () => {
  const abort = new AbortController()
  const waiting = systemClock.delay(2 ** 31, abort.signal).then(() => 'over')
  const first = await Promise.race([waiting, systemClock.delay(20).then(() => 'still waiting')])
  abort.abort()
  await expect(waiting).rejects.toThrow()
  expect(first).toBe('still waiting')
})

import { describe, expect, it } from 'vitest'
import { requestSignal } from '../../src/edge/request-signal.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'

function given() {
  const clock = createFakeClock()
  const client = new AbortController()
  const shutdown = new AbortController()
  const made = requestSignal({
    client: client.signal,
    shutdown: shutdown.signal,
    limitMs: 100,
    limitCode: 'deadline-exceeded',
    clock,
  })
  return { clock, client, shutdown, ...made }
}

describe('the signal of a request', () => {
  it('says who ended it', async () => {
    const late = given()
    await late.clock.advance(99)
    expect(late.signal.aborted).toBe(false)
    await late.clock.advance(1)
    expect(late.signal.reason).toMatchObject({ code: 'deadline-exceeded' })

    const left = given()
    left.client.abort()
    expect(left.signal.reason).toMatchObject({ code: 'aborted' })

    const closing = given()
    closing.shutdown.abort()
    expect(closing.signal.reason).toMatchObject({ code: 'engine-unavailable', retryAfterSeconds: 2 })
  })

  it('leaves no timer behind once released', async () => {
    const { clock, client, signal, release } = given()
    release()
    client.abort()
    await clock.advance(1000)
    expect(clock.pendingDelays).toBe(0)
    expect(signal.aborted).toBe(false)
  })
})

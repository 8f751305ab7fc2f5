import { describe, expect, it } from 'vitest'
import { requestSignals } from '../../src/edge/request-signal.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'

function given() {
  const clock = createFakeClock()
  const shutdown = new AbortController()
  const open = requestSignals({ shutdown: shutdown.signal, clock })
  return { clock, shutdown, open, ...open({ limitMs: 100, limitCode: 'deadline-exceeded' }) }
}

describe('the signal of a request', () => {
  it('says who ended it', async () => {
    const late = given()
    await late.clock.advance(99)
    expect(late.signal.aborted).toBe(false)
    await late.clock.advance(1)
    expect(late.signal.reason).toMatchObject({ code: 'deadline-exceeded' })

    const left = given()
    left.leave()
    expect(left.signal.reason).toMatchObject({ code: 'aborted' })

    const closing = given()
    closing.shutdown.abort()
    expect(closing.signal.reason).toMatchObject({ code: 'engine-unavailable', retryAfterSeconds: 2 })
    const tooLate = closing.open({ limitMs: 100, limitCode: 'request-timeout' })
    expect(tooLate.signal.reason).toMatchObject({ code: 'engine-unavailable' })
  })

  it('leaves no timer behind once released, and does not hear of the shutdown any more', async () => {
    const { clock, shutdown, signal, release } = given()
    release()
    shutdown.abort()
    await clock.advance(1000)
    expect(clock.pendingDelays).toBe(0)
    expect(signal.aborted).toBe(false)
  })
})

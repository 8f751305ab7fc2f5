import { ConsecutiveBreaker, circuitBreaker, handleAll, IterableBackoff } from 'cockatiel'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { CircuitBreaker } from '../../../src/hub/pool/circuit-breaker.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

function setUp() {
  const clock = createFakeClock()
  const breaker = new CircuitBreaker({ clock })
  const fail = (times = 1) => {
    for (let index = 0; index < times; index += 1) breaker.enter().failed()
  }
  return { clock, breaker, fail }
}

afterEach(() => {
  vi.useRealTimers()
})

describe('a circuit breaker', () => {
  it('opens after three failures in a row, and not after two with a success between', () => {
    const { breaker, fail } = setUp()
    fail(2)
    breaker.enter().succeeded()
    fail(2)
    expect(breaker.state).toBe('closed')
    fail()
    expect([breaker.state, breaker.takesCalls, breaker.openForMs]).toEqual(['open', false, 2000])
  })

  it('lets one call try it when its time has come, and no other meanwhile', async () => {
    const { breaker, clock, fail } = setUp()
    fail(3)
    await clock.advance(1999)
    expect(breaker.takesCalls).toBe(false)
    await clock.advance(1)
    expect([breaker.state, breaker.takesCalls]).toEqual(['half-open', true])
    const call = breaker.enter()
    expect(breaker.takesCalls).toBe(false)
    call.succeeded()
    expect([breaker.state, breaker.takesCalls]).toEqual(['closed', true])
  })

  it('lets the next one in when the try has begun to answer, and waits for the verdict still', async () => {
    const { breaker, clock, fail } = setUp()
    fail(3)
    await clock.advance(2000)
    const long = breaker.enter()
    long.begun()
    expect([breaker.state, breaker.takesCalls]).toEqual(['half-open', true])
    long.failed()
    expect([breaker.state, breaker.openForMs]).toEqual(['open', 4000])
  })

  it('lets the next one in when the try left without a verdict', async () => {
    const { breaker, clock, fail } = setUp()
    fail(3)
    await clock.advance(2000)
    breaker.enter().over()
    expect([breaker.state, breaker.takesCalls]).toEqual(['half-open', true])
  })

  it('opens for twice as long each time, up to a minute, until a success', async () => {
    const { breaker, clock, fail } = setUp()
    fail(3)
    for (const openMs of [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]) {
      expect(breaker.openForMs).toBe(openMs)
      await clock.advance(openMs)
      fail()
    }
    await clock.advance(60_000)
    breaker.enter().succeeded()
    fail(3)
    expect(breaker.openForMs).toBe(2000)
  })

  it('hears nothing of calls that began before it changed', async () => {
    const { breaker, clock, fail } = setUp()
    const [early, late] = [breaker.enter(), breaker.enter()]
    fail(3)
    early.failed()
    expect(breaker.openForMs).toBe(2000)
    await clock.advance(2000)
    const call = breaker.enter()
    late.succeeded()
    expect(breaker.state).toBe('half-open')
    call.succeeded()
    expect(breaker.state).toBe('closed')
  })

  it('decides as that of cockatiel does, whatever happens in turn', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const event = fc.oneof(fc.constantFrom('fail', 'succeed'), fc.nat({ max: 9000 }))
    const decides = fc.asyncProperty(fc.array(event, { maxLength: 60 }), async (events) => {
      const { breaker, clock } = setUp()
      const backoff = new IterableBackoff([2000, 4000, 8000, 16_000, 32_000, 60_000])
      const theirs = circuitBreaker(handleAll, { halfOpenAfter: backoff, breaker: new ConsecutiveBreaker(3) })
      for (const next of events) {
        if (typeof next === 'number') {
          await clock.advance(next)
          vi.setSystemTime(Date.now() + next)
          continue
        }
        let wasLetIn = false
        const act = () => {
          wasLetIn = true
          if (next === 'fail') throw new Error('scripted')
        }
        await theirs.execute(act).catch(() => {})
        expect(breaker.takesCalls).toBe(wasLetIn)
        if (!wasLetIn) continue
        const call = breaker.enter()
        if (next === 'fail') call.failed()
        else call.succeeded()
        call.over()
      }
    })
    await fc.assert(decides, { numRuns: 200 })
  })
})

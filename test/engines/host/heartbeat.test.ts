import { describe, expect, it } from 'vitest'
import { Heartbeat } from '../../../src/engines/host/heartbeat.ts'
import { silenceLimitMs } from '../../../src/engines/host/silence-limit.ts'
import type { Clock } from '../../../src/spec/ports.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

function watched(clock: Clock, limitMs = () => 10_000) {
  const state = { isBusy: true, asked: 0, silentMs: 0 }
  const heartbeat = new Heartbeat({
    clock,
    limitMs,
    isBusy: () => state.isBusy,
    ask: () => void state.asked++,
    onSilent: (silentMs) => {
      state.silentMs = silentMs
    },
  })
  return { state, heartbeat }
}

describe('a heartbeat', () => {
  it('asks one that is silent, and gives it up when it is silent for longer than the limit', async () => {
    const clock = createFakeClock()
    const { state, heartbeat } = watched(clock)
    heartbeat.begin()
    await clock.advance(10_000)
    expect(state).toMatchObject({ asked: 5, silentMs: 0 })
    await clock.advance(2000)
    expect(state).toMatchObject({ asked: 5, silentMs: 12_000 })
    expect(clock.pendingDelays).toBe(0)
  })

  it('never gives up one that gives signs of life, and does not ask one that talks', async () => {
    const clock = createFakeClock()
    const { state, heartbeat } = watched(clock)
    heartbeat.begin()
    for (let second = 0; second < 100; second++) {
      heartbeat.heard()
      await clock.advance(1000)
    }
    expect(state).toMatchObject({ asked: 0, silentMs: 0 })
    for (let answer = 0; answer < 20; answer++) {
      await clock.advance(9000)
      heartbeat.heard()
    }
    expect(state.asked).toBeGreaterThan(20)
    expect(state.silentMs).toBe(0)
  })

  it('has no timer while nothing is expected', async () => {
    const clock = createFakeClock()
    const { state, heartbeat } = watched(clock)
    heartbeat.begin()
    state.isBusy = false
    await clock.advance(2000)
    expect(clock.pendingDelays).toBe(0)
    await clock.advance(60_000)
    expect(state).toMatchObject({ asked: 0, silentMs: 0 })
    state.isBusy = true
    heartbeat.begin()
    await clock.advance(10_000)
    expect(state.silentMs).toBe(0)
  })

  it('counts no time in which this process itself stood still', () => {
    let now = 0
    let due: () => void = () => undefined
    const after = (_: number, callback: () => void) => {
      due = callback
      return () => undefined
    }
    const { state, heartbeat } = watched({ ...createFakeClock(), monotonic: () => now, after })
    heartbeat.begin()
    now = 3_600_000
    due()
    expect(state).toMatchObject({ asked: 1, silentMs: 0 })
    heartbeat.heard()
    now += 2000
    due()
    expect(state.silentMs).toBe(0)
  })
})

describe('the silence that work explains', () => {
  it('is ten seconds, and twice the time that the longest prompt takes at the measured pace', () => {
    expect(silenceLimitMs({ tokens: 0, tokensPerSecond: 500 })).toBe(10_000)
    expect(silenceLimitMs({ tokens: 8000, tokensPerSecond: 200 })).toBe(90_000)
    expect(silenceLimitMs({ tokens: 100, tokensPerSecond: undefined })).toBe(20_000)
  })
})

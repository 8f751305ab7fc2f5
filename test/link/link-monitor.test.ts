import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createLinkMonitor } from '../../src/link/link-monitor.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'

type Behaviour = (signal: AbortSignal) => Promise<void>

/** A monitor whose probe behaves as told, and the moments at which it probed. */
function start(first: Behaviour) {
  const clock = createFakeClock()
  const probedAtMs: number[] = []
  const states: string[] = []
  const hub = { behaviour: first }
  const monitor = createLinkMonitor({
    clock,
    intervalMs: 10_000,
    random: () => 0.5,
    probe: (signal) => {
      probedAtMs.push(clock.monotonic())
      return hub.behaviour(signal)
    },
  })
  monitor.onChange(({ state }) => states.push(state))
  monitor.start()
  return { monitor, clock, probedAtMs, states, hub }
}

const refused: Behaviour = () => Promise.reject(new EdgewiseError('link-down', 'nobody listens'))
const silent: Behaviour = (signal) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

describe('a link monitor', () => {
  it('probes at once, then each interval, and reports the round trip', async () => {
    const { monitor, clock, probedAtMs, hub } = start(() => Promise.resolve())
    await using _ = monitor
    hub.behaviour = () => clock.delay(80)
    await clock.advance(25_000)
    expect(probedAtMs).toEqual([0, 10_000, 20_080])
    expect(monitor.profile()).toEqual({ state: 'up', roundTripMs: 80 })
  })

  it('does not probe while answers prove the link', async () => {
    const { monitor, clock, probedAtMs } = start(() => Promise.resolve())
    await using _ = monitor
    for (let round = 0; round < 6; round += 1) {
      await clock.advance(6_000)
      monitor.observeAnswer({ firstTokenMs: 200 + round, tokensPerSecond: 30 })
    }
    expect(probedAtMs).toEqual([0])
    expect(monitor.profile()).toMatchObject({ firstTokenMs: 202.5, tokensPerSecond: 30 })
    await clock.advance(10_000)
    expect(probedAtMs).toEqual([0, 46_000])
  })

  it('does not begin its wait anew for every answer', async () => {
    const clock = createFakeClock()
    let waits = 0
    const counting = {
      ...clock,
      delay(ms: number, signal?: AbortSignal) {
        waits += 1
        return clock.delay(ms, signal)
      },
    }
    await using monitor = createLinkMonitor({ clock: counting, intervalMs: 10_000, probe: () => Promise.resolve() })
    monitor.start()
    await clock.advance(1_000)
    const before = waits
    for (let answer = 0; answer < 50; answer += 1) {
      monitor.observeAnswer({ firstTokenMs: 200 })
      await clock.advance(10)
    }
    expect(waits).toBe(before)
  })

  it('probes ever more seldom while the link is down, and tells when it is up again', async () => {
    const { monitor, clock, probedAtMs, states, hub } = start(refused)
    await using _ = monitor
    await clock.advance(20_000)
    expect(probedAtMs).toEqual([0, 500, 1_500, 3_500, 7_500, 15_500])
    expect(monitor.profile()).toEqual({ state: 'down', because: 'nobody listens' })
    hub.behaviour = () => Promise.resolve()
    await clock.advance(10_000)
    expect(states).toEqual(['degraded', 'down', 'up'])
    expect(monitor.profile()).toEqual({ state: 'up', roundTripMs: 0 })
  })

  it('looks again soon after a request found the link down, instead of at the end of the interval', async () => {
    const { monitor, clock, probedAtMs, states } = start(() => Promise.resolve())
    await using _ = monitor
    await clock.advance(1_000)
    monitor.observeFailure(new EdgewiseError('link-down', 'no route'))
    expect(monitor.profile()).toMatchObject({ state: 'down', because: 'no route' })
    await clock.advance(500)
    expect(probedAtMs).toEqual([0, 1_500])
    expect(states).toEqual(['down', 'up'])
  })

  it('looks at once after an answer was cut', async () => {
    const { monitor, clock, probedAtMs, states, hub } = start(() => Promise.resolve())
    await using _ = monitor
    await clock.advance(1_000)
    hub.behaviour = refused
    monitor.observeFailure(new EdgewiseError('stream-cut', 'cut'))
    await clock.advance(0)
    expect(probedAtMs).toEqual([0, 1_000])
    expect(states).toEqual(['degraded', 'down'])
  })

  it('gives up on a probe that does not come back, and tells it so', async () => {
    let aborted = false
    const { monitor, clock, states } = start((signal) => {
      signal.addEventListener('abort', () => {
        aborted = true
      })
      return silent(signal)
    })
    await using _ = monitor
    await clock.advance(3_000)
    expect([aborted, ...states]).toEqual([true, 'degraded'])
    expect(monitor.profile().because).toContain('3000 ms')
  })

  it('goes on when a probe pays no attention to its signal', async () => {
    const { monitor, clock, probedAtMs } = start(() => new Promise(() => {}))
    await using _ = monitor
    await clock.advance(3_500)
    expect(probedAtMs).toEqual([0, 3_500])
  })

  it('stops with its probe when it is disposed, and leaves no timer', async () => {
    const { monitor, clock, probedAtMs } = start(silent)
    await clock.advance(0)
    await monitor[Symbol.asyncDispose]()
    await clock.advance(60_000)
    expect([probedAtMs.length, clock.pendingDelays]).toEqual([1, 0])
  })

  it('calls a listener no more once that was ended, and starts once only', async () => {
    const { monitor, clock, probedAtMs } = start(() => Promise.resolve())
    await using _ = monitor
    const states: string[] = []
    const stop = monitor.onChange(({ state }) => states.push(state))
    monitor.start()
    stop()
    monitor.observeFailure(new EdgewiseError('link-down', 'no route'))
    await clock.advance(0)
    expect([states, probedAtMs]).toEqual([[], [0]])
  })

  it('keeps no process alive by itself', async () => {
    const source = join(import.meta.dirname, '../../src')
    const program = `
      import { createLinkMonitor } from ${JSON.stringify(join(source, 'link/link-monitor.ts'))}
      import { systemClock } from ${JSON.stringify(join(source, 'spec/system-clock.ts'))}
      createLinkMonitor({ probe: async () => {}, clock: systemClock, intervalMs: 3_600_000 }).start()
      console.log('started')`
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { timeout: 20_000 })
    expect((await run).stdout).toBe('started\n')
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LinkMeter } from '../../src/link/link-meter.ts'
import { EdgewiseError, type ErrorCode } from '../../src/spec/errors.ts'

function meter(random = 0.5): LinkMeter {
  return new LinkMeter({ intervalMs: 10_000, degradedRoundTripMs: 600, flapWindowMs: 60_000, random: () => random })
}

const failure = (code: ErrorCode) => new EdgewiseError(code, `made-up ${code}`)

describe('the state of the link', () => {
  it('is up before anything is known, with no figures', () => {
    expect(meter().profile(0)).toEqual({ state: 'up' })
  })

  it('is down after one hard failure of real traffic, and says why', () => {
    const link = meter()
    link.failed(failure('link-down'), 0)
    expect(link.profile(0)).toEqual({ state: 'down', because: 'made-up link-down' })
  })

  it('is degraded after one failed probe, down after two in a row', () => {
    const link = meter()
    link.probeFailed('no answer', 0)
    expect(link.profile(0).state).toBe('degraded')
    link.probeFailed('no answer', 500)
    expect(link.profile(500).state).toBe('down')
  })

  it('stays up when two probes fail with a good one between them', () => {
    const link = meter()
    link.probeFailed('no answer', 0)
    link.probeAnswered(20, 500)
    link.probeFailed('no answer', 1_000)
    expect(link.profile(1_000).state).toBe('degraded')
  })

  it('is degraded by a timeout until two good signs came, be it probes or answers', () => {
    const link = meter()
    link.failed(failure('upstream-timeout'), 0)
    expect(link.profile(0)).toMatchObject({ state: 'degraded', because: 'made-up upstream-timeout' })
    link.probeAnswered(20, 100)
    expect(link.profile(100).state).toBe('degraded')
    link.answered({ firstTokenMs: 90, tokensPerSecond: 40 }, 200)
    expect(link.profile(200)).toEqual({ state: 'up', roundTripMs: 20, firstTokenMs: 90, tokensPerSecond: 40 })
  })

  it('takes a cut answer for half a proof: one failed probe more and it is down', () => {
    const link = meter()
    link.failed(failure('stream-cut'), 0)
    expect([link.profile(0).state, link.nextProbeAtMs]).toEqual(['degraded', 0])
    link.probeFailed('refused', 10)
    expect(link.profile(10).state).toBe('down')
  })

  it.each([
    'upstream-failed',
    'upstream-rejected',
    'overloaded',
    'aborted',
    'context-exceeded',
    'egress-denied',
  ] as const)('is left alone by %s, which says nothing about it', (code) => {
    const link = meter()
    link.failed(failure(code), 0)
    expect(link.profile(0)).toEqual({ state: 'up' })
  })

  it('is up again after one good probe, and forgets the round trips from before', () => {
    const link = meter()
    link.probeAnswered(5, 0)
    link.failed(failure('link-down'), 1_000)
    link.probeAnswered(300, 1_500)
    expect(link.profile(1_500)).toEqual({ state: 'up', roundTripMs: 300 })
  })

  it('needs two good signs when it went down again soon after it came up, and both after each new failure', () => {
    const link = meter()
    link.failed(failure('link-down'), 0)
    link.probeAnswered(20, 500)
    link.failed(failure('link-down'), 30_000)
    link.probeAnswered(20, 30_500)
    expect(link.profile(30_500).state).toBe('down')
    link.probeFailed('refused', 31_000)
    link.probeAnswered(20, 31_500)
    expect(link.profile(31_500).state).toBe('down')
    link.probeAnswered(20, 32_000)
    expect(link.profile(32_000).state).toBe('up')
  })

  it('becomes degraded when the median round trip is long, and up again only well below that', () => {
    const link = meter()
    for (let at = 0; at < 5; at += 1) link.probeAnswered(601, at)
    expect(link.profile(5).state).toBe('degraded')
    for (let at = 5; at < 14; at += 1) link.probeAnswered(500, at)
    expect(link.profile(14).state).toBe('degraded')
    for (let at = 14; at < 23; at += 1) link.probeAnswered(400, at)
    expect(link.profile(23).state).toBe('up')
  })

  it('takes an answer of one token, which has no pace, for a good sign too', () => {
    const link = meter()
    link.failed(failure('link-down'), 0)
    link.answered({ firstTokenMs: 90 }, 100)
    expect(link.profile(100)).toEqual({ state: 'up', firstTokenMs: 90 })
  })

  it('is not moved by one slow probe among fast ones', () => {
    const link = meter()
    for (const roundTripMs of [20, 5_000, 20, 20]) link.probeAnswered(roundTripMs, 0)
    expect(link.profile(0)).toEqual({ state: 'up', roundTripMs: 20 })
  })
})

describe('the next probe', () => {
  it('is due at once in the beginning, then an interval after the last good sign', () => {
    const link = meter()
    expect(link.nextProbeAtMs).toBeLessThan(0)
    link.probeAnswered(20, 1_000)
    expect(link.nextProbeAtMs).toBe(11_000)
    link.answered({ firstTokenMs: 90, tokensPerSecond: 40 }, 9_000)
    expect(link.nextProbeAtMs).toBe(19_000)
  })

  it('comes after 0.5 s while the link is down, then twice as late each time up to the interval', () => {
    const link = meter()
    link.probeAnswered(20, 0)
    link.failed(failure('link-down'), 0)
    const waits = [link.nextProbeAtMs]
    for (let round = 0; round < 6; round += 1) {
      link.probeFailed('refused', 0)
      waits.push(link.nextProbeAtMs)
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000])
  })

  it('is spread by a fifth either way', () => {
    const [early, late] = [meter(0), meter(1)]
    early.probeFailed('refused', 0)
    late.probeFailed('refused', 0)
    expect(early.nextProbeAtMs).toBeCloseTo(400)
    expect(late.nextProbeAtMs).toBeCloseTo(600)
  })
})

it('whatever happens: the figures are in bounds, a next probe is known, and enough good signs bring the link up', () => {
  const event = fc.oneof(
    fc.record({ kind: fc.constant('probe' as const), value: fc.integer({ min: 0, max: 2_000 }) }),
    fc.record({ kind: fc.constant('lost' as const), value: fc.constant(0) }),
    fc.record({ kind: fc.constant('answer' as const), value: fc.integer({ min: 1, max: 500 }) }),
    fc.record({ kind: fc.constant('down' as const), value: fc.constant(0) }),
    fc.record({ kind: fc.constant('cut' as const), value: fc.constant(0) }),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(event, fc.integer({ min: 0, max: 90_000 })), { maxLength: 60 }), (events) => {
      const link = meter()
      let now = 0
      for (const [{ kind, value }, pause] of events) {
        now += pause
        if (kind === 'probe') link.probeAnswered(value, now)
        else if (kind === 'answer') link.answered({ firstTokenMs: value, tokensPerSecond: value }, now)
        else if (kind === 'lost') link.probeFailed('lost', now)
        else link.failed(failure(kind === 'down' ? 'link-down' : 'stream-cut'), now)
        expect(link.nextProbeAtMs - now).toBeLessThanOrEqual(12_000)
        expect(link.profile(now).roundTripMs ?? 0).toBeLessThanOrEqual(2_000)
        if (kind === 'down') expect(link.profile(now).state).toBe('down')
      }
      for (let good = 0; good < 12; good += 1) link.probeAnswered(10, now)
      expect(link.profile(now)).toMatchObject({ state: 'up', roundTripMs: 10 })
    }),
  )
})

import { describe, expect, it } from 'vitest'
import { createLane } from '../../../src/testing/link-emulator/lane.ts'
import { type EmulatedLink, linkProfile, linkProfileNames } from '../../../src/testing/link-emulator/link-profiles.ts'

const line: EmulatedLink = { ...linkProfile('dssd-10'), upBitsPerSecond: 8_000_000, downBitsPerSecond: 80_000_000 }

function laneOf(link: EmulatedLink, direction: 'up' | 'down' = 'up', randoms: readonly number[] = [0.5]) {
  let turn = 0
  return createLane(
    () => link,
    direction,
    () => randoms[turn++ % randoms.length] ?? 0.5,
  )
}

describe('one direction of a link', () => {
  it('takes half a round trip plus the time to send the bytes, each way at its own rate', () => {
    expect(laneOf(line, 'up').arrival(10_000, 100)).toBeCloseTo(100 + 10 + 10)
    expect(laneOf(line, 'down').arrival(10_000, 100)).toBeCloseTo(100 + 1 + 10)
  })

  it('sends one thing after the other, whichever connection it belongs to', () => {
    const lane = laneOf(line)
    expect(lane.arrival(1_000, 0)).toBeCloseTo(11)
    expect(lane.arrival(1_000, 0)).toBeCloseTo(12)
    expect(lane.arrival(1_000, 50)).toBeCloseTo(61)
  })

  it('varies by at most half the jitter of the round trip, never below nothing', () => {
    expect(laneOf({ ...line, jitterMs: 8 }, 'up', [0]).arrival(0, 0)).toBeCloseTo(6)
    expect(laneOf({ ...line, jitterMs: 8 }, 'up', [0.999_999]).arrival(0, 0)).toBeCloseTo(14)
    expect(laneOf({ ...line, jitterMs: 100 }, 'up', [0]).arrival(0, 0)).toBe(0)
  })

  it('delays what is lost by a retransmission timeout and a round trip', () => {
    const lossy = { ...line, lossRatio: 0.1 }
    expect(laneOf(lossy, 'up', [0.5, 0.09]).arrival(1_000, 0)).toBeCloseTo(11 + 200 + 20)
    expect(laneOf(lossy, 'up', [0.5, 0.11]).arrival(1_000, 0)).toBeCloseTo(11)
    // Ten segments: one of them gets lost in 65 % of all cases.
    expect(laneOf(lossy, 'up', [0.5, 0.64]).arrival(14_480, 0)).toBeCloseTo(14.48 + 10 + 220)
  })

  it('forgets what waits to be sent when it is cleared', () => {
    const lane = laneOf(line)
    lane.arrival(1_000_000, 0)
    lane.clear()
    expect(lane.arrival(0, 0)).toBeCloseTo(10)
  })
})

describe('link profiles', () => {
  it('are the named ones, each complete', () => {
    expect(linkProfileNames.join(' ')).toBe(
      'lan 4g region proxy petals-a petals-b petals-c specedge dssd-10 dssd-100 factory-wifi down',
    )
    for (const name of linkProfileNames) {
      const { isDown, roundTripMs, upBitsPerSecond, downBitsPerSecond } = linkProfile(name)
      expect(isDown || (roundTripMs > 0 && upBitsPerSecond > 0 && downBitsPerSecond > 0), name).toBe(true)
    }
  })

  it('that do not exist are refused with the names that do', () => {
    expect(() => linkProfile('5g')).toThrow(
      expect.objectContaining({ code: 'config-invalid', message: expect.stringMatching(/"5g".* lan, 4g, .*down/) }),
    )
  })
})

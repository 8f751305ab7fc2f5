import { describe, expect, it } from 'vitest'
import { hubConfigSchema } from '../../../src/hub/config.ts'
import { CallerGate, type RejectReason } from '../../../src/hub/limits/caller-gate.ts'
import { limitsOf } from '../../../src/hub/limits/caller-limits.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

const edge = 'ab12cd'.padEnd(64, '0')
const other = 'ff'.padEnd(64, '0')

function setUp(limits: object) {
  const clock = createFakeClock()
  const config = hubConfigSchema.parse({ limits })
  const rejected: RejectReason[] = []
  const gate = new CallerGate({
    clock,
    limitsOf: (caller) => limitsOf(config.limits, caller),
    onReject: (reason) => rejected.push(reason),
  })
  return { clock, gate, rejected }
}

describe('the gate of a hub', () => {
  it('leaves room for others: one caller gets half of the places, unless it is given more', () => {
    const { gate, rejected } = setUp({ concurrency: 5, edges: [{ edge: 'ab12cd', concurrency: 4 }] })
    for (let index = 0; index < 3; index += 1) gate.enter(other)
    expect(() => gate.enter(other)).toThrow(expect.objectContaining({ code: 'rate-limited', retryAfterSeconds: 1 }))
    for (let index = 0; index < 4; index += 1) gate.enter(edge)
    expect(() => gate.enter(edge)).toThrow(/4 requests of this edge run already/)
    expect(rejected).toEqual(['concurrency', 'concurrency'])
  })

  it('gives a place back once', () => {
    const { gate } = setUp({ perEdge: { concurrency: 1 } })
    const visit = gate.enter(edge)
    visit.leave()
    visit.leave()
    gate.enter(edge)
    expect(() => gate.enter(edge)).toThrow()
  })

  it('counts the requests of each caller for itself, and says when to come again', async () => {
    const { gate, clock, rejected } = setUp({ perEdge: { requestsPerMinute: 2 } })
    for (const caller of [edge, other, edge, other]) gate.enter(caller).leave()
    expect(() => gate.enter(edge)).toThrow(expect.objectContaining({ code: 'rate-limited', retryAfterSeconds: 30 }))
    await clock.advance(30_000)
    gate.enter(edge).leave()
    expect(rejected).toEqual(['requests'])
  })

  it('takes the tokens that a request is expected to need, and settles for those it did', async () => {
    const { gate, clock, rejected } = setUp({ perEdge: { tokensPerMinute: 600 } })
    const first = gate.enter(edge)
    first.takeTokens(500)
    expect(() => gate.enter(edge).takeTokens(200)).toThrow(expect.objectContaining({ retryAfterSeconds: 10 }))
    first.settleTokens(100)
    gate.enter(edge).takeTokens(500)
    first.settleTokens(1300)
    expect(() => gate.enter(edge).takeTokens(10)).toThrow(expect.objectContaining({ retryAfterSeconds: 121 }))
    await clock.advance(121_000)
    gate.enter(edge).takeTokens(10)
    expect(rejected).toEqual(['tokens', 'tokens'])
  })

  it('takes from a small bucket what it holds for a request of any size', () => {
    const { gate } = setUp({ perEdge: { tokensPerMinute: 100 } })
    const visit = gate.enter(edge)
    visit.takeTokens(100_000)
    visit.settleTokens(40)
    gate.enter(edge).takeTokens(60)
  })
})

describe('the limits of a caller', () => {
  it('are those for all, with its own in their place', () => {
    const { limits } = hubConfigSchema.parse({
      limits: {
        perEdge: { requestsPerMinute: 10, moneyPerDay: 1.5 },
        edges: [
          { edge: 'ab12cd', moneyPerDay: 0 },
          { edge: 'api-key', requestsPerMinute: 1 },
        ],
      },
    })
    expect(limitsOf(limits, edge)).toMatchObject({ requestsPerMinute: 10, microsPerDay: 0, microsPerMonth: undefined })
    expect(limitsOf(limits, other)).toMatchObject({ requestsPerMinute: 10, microsPerDay: 1_500_000 })
    expect(limitsOf(limits, 'api-key')).toMatchObject({ requestsPerMinute: 1, microsPerDay: 1_500_000 })
  })

  it.each([
    ['five digits of an id', { edges: [{ edge: 'ab12c' }] }],
    ['a name', { edges: [{ edge: 'scanner 3' }] }],
    ['less than nothing', { perEdge: { moneyPerDay: -1 } }],
  ])('are refused with %s', (_name, limits) => {
    expect(hubConfigSchema.safeParse({ limits }).success).toBe(false)
  })
})

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { poissonArrivals } from '../../../src/bench/overload/arrivals.ts'
import { openLoop } from '../../../src/bench/overload/open-loop.ts'
import { seededRandom } from '../../../src/testing/tiny-decoder/weight-store.ts'

describe('arrivals', () => {
  it('come at their rate, in order, with gaps as a Poisson process has them', () => {
    const moments = poissonArrivals({ perSecond: 100, seconds: 100, random: seededRandom(7) })
    expect(moments.length / 10_000).toBeCloseTo(1, 1)
    expect(moments.toSorted((a, b) => a - b)).toEqual(moments)
    const gaps = moments.slice(1).map((moment, index) => moment - (moments[index] ?? 0))
    const longerThanMean = gaps.filter((gap) => gap > 10).length / gaps.length
    expect(longerThanMean).toBeCloseTo(Math.exp(-1), 1)
  })
})

describe('an open loop', () => {
  it('sends what is due while earlier requests still wait, and tells a broken connection apart', async () => {
    let waiting: (() => void)[] = []
    const server = createServer((request, response) => {
      if (request.headers['x-break'] === 'yes') {
        request.socket.destroy()
        return
      }
      waiting.push(() => response.end('{}'))
      // Nobody is answered before all three are here: a closed loop would wait for ever.
      if (waiting.length === 3) for (const answer of waiting.splice(0)) answer()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const run = (headers: Record<string, string>) =>
      openLoop({ target: { name: 'server', origin, headers }, body: () => '{}', arrivals: [0, 1, 2] })
    expect((await run({})).map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await run({ 'x-break': 'yes' })).map(({ status }) => status)).toEqual([0, 0, 0])
    waiting = []
    await new Promise((resolve) => server.close(resolve))
  })
})

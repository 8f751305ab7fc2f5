import { describe, expect, it } from 'vitest'
import { tellUsage } from '../../../src/cli/tell-usage.ts'
import { hubConfigSchema } from '../../../src/hub/config.ts'
import { usageOfCallers } from '../../../src/hub/control-plane/caller-usage.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

const edge = 'ab12cd34ef56'.padEnd(64, '0')
const quiet = 'ffffff'.padEnd(64, '0')

async function usage() {
  await using store = await openStore({ path: ':memory:' })
  const clock = createFakeClock({ now: Date.UTC(2026, 4, 20, 12) })
  for (const id of [edge, quiet]) await store.edges.add({ id, name: `scanner ${id[0]}`, publicKey: 'k', joinedAt: 1 })
  const spent = { requests: 1, promptTokens: 10, completionTokens: 2 }
  await store.spending.add([
    { caller: edge, day: '2026-04-30', micros: 999, ...spent },
    { caller: edge, day: '2026-05-01', micros: 250_000, ...spent },
    { caller: edge, day: '2026-05-20', micros: 1_000_000, ...spent },
    { caller: 'api-key', day: '2026-05-20', micros: 0, ...spent },
  ])
  const config = hubConfigSchema.parse({ currency: 'EUR', limits: { perEdge: { moneyPerDay: 2 } } })
  return await usageOfCallers({ store, config, clock })
}

describe('the usage of a hub', () => {
  it('is told for today and this month, for quiet edges too', async () => {
    const [first, second, third, ...others] = await usage()
    expect(first).toMatchObject({
      caller: edge,
      name: 'scanner a',
      currency: 'EUR',
      today: { micros: 1_000_000, requests: 1, mostMicros: 2_000_000 },
      month: { micros: 1_250_000, requests: 2, promptTokens: 20, completionTokens: 4, mostMicros: null },
    })
    expect(second).toMatchObject({ caller: quiet, today: { requests: 0, micros: 0 } })
    expect(third).toMatchObject({ caller: 'api-key', name: 'api-key', month: { requests: 1, micros: 0 } })
    expect(others).toEqual([])
  })

  it('is one line for each caller', async () => {
    expect(tellUsage(await usage()).split('\n')).toEqual([
      'EDGE          NAME       TODAY               THIS MONTH  REQUESTS  TOKENS IN  TOKENS OUT',
      'ab12cd34ef56  scanner a  1.0000 of 2.00 EUR  1.2500 EUR  2         20         4',
      'ffffff000000  scanner f  0.0000 of 2.00 EUR  0.0000 EUR  0         0          0',
      'api-key       api-key    0.0000 of 2.00 EUR  0.0000 EUR  1         10         2',
      '',
    ])
    expect(tellUsage([])).toMatch(/hub token/)
  })
})

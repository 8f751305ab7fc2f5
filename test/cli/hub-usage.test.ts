import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { dayOf } from '../../src/hub/money/period.ts'
import { openStore } from '../../src/store/open-store.ts'
import { runEdgewise } from './run-edgewise.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgewise-usage-'))
})
afterAll(() => rm(folder, { recursive: true }))

it('hub usage prints what edges spent, for people and for programs, in the currency of the settings', async () => {
  await writeFile(join(folder, 'edgewise.yaml'), 'hub:\n  currency: EUR\n  limits: { perEdge: { moneyPerMonth: 5 } }\n')
  const spent = { micros: 1_500_000, requests: 2, promptTokens: 30, completionTokens: 4 }
  {
    await using store = await openStore({ path: join(folder, 'state', 'hub.db') })
    await store.spending.add([{ caller: 'api-key', day: dayOf(Date.now()), ...spent }])
  }
  const run = (...words: string[]) => runEdgewise({ arguments: ['hub', 'usage', '--state', 'state', ...words], folder })
  expect(await run()).toMatchObject({ code: 0, stdout: expect.stringContaining('1.5000 of 5.00 EUR') })
  const { stdout } = await run('--json')
  expect(JSON.parse(stdout)).toMatchObject([{ caller: 'api-key', month: { ...spent, mostMicros: 5_000_000 } }])
})

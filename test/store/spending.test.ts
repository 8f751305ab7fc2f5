import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, it } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'

const root = mkdtempSync(join(tmpdir(), 'edgewise-race-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

it('several processes that set money aside at the same time never pass the limit together', async () => {
  const path = join(root, 'hub.db')
  await (await openStore({ path }))[Symbol.asyncDispose]()
  const module = join(import.meta.dirname, '../../src/store/open-store.ts')
  const script = `const { openStore } = await import(${JSON.stringify(module)})
    const store = await openStore({ path: ${JSON.stringify(path)} })
    let granted = 0
    for (let index = 0; index < 400; index += 1) {
      const wanted = { run: String(process.pid), caller: 'edge', day: '2026-01-01', micros: 10, mostPerDay: 3005 }
      if ('id' in (await store.spending.reserve(wanted))) granted += 1
    }
    console.log(granted)
    await store[Symbol.asyncDispose]()`
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  const ran = await Promise.all([run(), run(), run()])
  const granted = ran.map(({ stdout }) => Number(stdout))
  expect(granted.reduce((sum, one) => sum + one, 0)).toBe(300)
  await using store = await openStore({ path })
  expect(await store.spending.reconcile('later')).toHaveLength(300)
})

it('what fails among several that share a commit takes nothing of the others with it', async () => {
  const path = join(root, 'group.db')
  await using store = await openStore({ path })
  const wanted = { run: 'run-1', caller: 'edge', day: '2026-01-01', micros: 10 }
  const broken = { ...wanted, micros: Number.NaN }
  const spent = { caller: 'edge', day: '2026-01-01', micros: 5, requests: 1, promptTokens: 2, completionTokens: 3 }
  const half = store.spending.add([spent, { ...spent, micros: Number.NaN }]).catch(() => {})
  const all = await Promise.allSettled([wanted, broken, wanted].map((one) => store.spending.reserve(one)))
  await half
  expect(await store.spending.since('2026-01-01')).toEqual([])
  expect(all).toMatchObject([
    { value: { id: 1 } },
    { reason: { code: 'store-failed', message: expect.stringContaining(path) } },
    { value: { id: 2 } },
  ])
  expect(await store.spending.reconcile('later')).toHaveLength(2)
})

it('what is waiting when the store closes is written', async () => {
  const path = join(root, 'close.db')
  const spent = { caller: 'edge', day: '2026-01-01', micros: 5, requests: 1, promptTokens: 2, completionTokens: 3 }
  const store = await openStore({ path })
  const adding = store.spending.add([spent])
  await store[Symbol.asyncDispose]()
  await adding
  await using again = await openStore({ path })
  expect(await again.spending.since('2026-01-01')).toEqual([spent])
})

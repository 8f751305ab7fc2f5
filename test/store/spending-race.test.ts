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

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, describe, expect, it } from 'vitest'
import { edgeConfigSchema } from '../../../src/edge/config.ts'
import { openEdgeStore } from '../../../src/edge/presets/edge-store.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

const root = mkdtempSync(join(tmpdir(), 'edgewise-edge-store-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe('the store of an edge', () => {
  it('takes in a background request as large as a request may be', async () => {
    const config = edgeConfigSchema.parse({})
    const log = pino({ level: 'silent' })
    await using store = await openEdgeStore({ config, stateFolder: join(root, 'a'), clock: createFakeClock(), log })
    // As a body of 8 MiB it is longer as JSON: each quote in it becomes two characters.
    const body = '"'.repeat(8_000_000)
    const entry = await store.outbox.enqueue({ kind: 'background-request', body })
    expect(await store.outbox.find(entry.id)).toMatchObject({ state: 'queued' })
  })

  it('remembers what became of a background request as long as its response is kept', async () => {
    const config = edgeConfigSchema.parse({ responses: { keepDays: 60 } })
    const log = pino({ level: 'silent' })
    const clock = createFakeClock()
    await using store = await openEdgeStore({ config, stateFolder: join(root, 'b'), clock, log })
    const { id } = await store.outbox.enqueue({ kind: 'background-request', body: 1, idempotencyKey: 'resp_1' })
    await store.outbox.cancel(id, 'not wanted')
    await clock.advance(59 * 86_400_000)
    await store.housekeeping.run(new AbortController().signal)
    expect(await store.outbox.findByKey('resp_1')).toMatchObject({ state: 'cancelled' })
  })
})

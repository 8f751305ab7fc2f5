import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'
import { chainHead } from '../../src/store/outbox/chain.ts'
import type { EdgeStore } from '../../src/store/store.ts'
import { batchOf } from '../../src/testing/conformance/deliveries.ts'
import { someDecision } from '../../src/testing/conformance/store.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { forgetsMarks } from './forgets-marks.ts'

const root = mkdtempSync(join(tmpdir(), 'edgewise-house-'))
const day = 86_400_000
const { signal } = new AbortController()
let path = ''
let count = 0

beforeEach(() => {
  count += 1
  path = join(root, String(count), 'edge.db')
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

function bytesOnDisk(): number {
  return ['', '-wal'].reduce((sum, suffix) => sum + (statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0), 0)
}

/** Hands over everything, as a hub would take it. */
async function drain({ outbox }: EdgeStore): Promise<void> {
  for (;;) {
    const batch = await outbox.delivery.seal({ kinds: ['telemetry'], limit: 500, bytes: 2 ** 20 })
    if (batch.entries.length === 0) return
    const { epoch, first, head, entries } = batch
    await outbox.delivery.acknowledge({ epoch, sequence: first + entries.length - 1, head: chainHead(head, batch) })
  }
}

describe('housekeeping', () => {
  it('gives the disk back what days offline took, in one run', async () => {
    await using store = await openStore({ path })
    await store.housekeeping.run(signal)
    const base = bytesOnDisk()
    const body = 'x'.repeat(1000)
    for (let group = 0; group < 10; group += 1) {
      await Promise.all(Array.from({ length: 1000 }, () => store.outbox.enqueue({ kind: 'telemetry', body })))
    }
    expect(bytesOnDisk()).toBeGreaterThan(base + 10_000_000)
    await drain(store)
    const { bytes } = await store.housekeeping.run(signal)
    expect(bytes).toBeGreaterThan(10_000_000)
    expect(bytesOnDisk()).toBeLessThan(base + 100_000)
  })

  it('lets others write between its steps', async () => {
    await using store = await openStore({ path })
    const body = 'x'.repeat(4000)
    await Promise.all(Array.from({ length: 2000 }, () => store.outbox.enqueue({ kind: 'telemetry', body })))
    await drain(store)
    let written = 0
    let isOver = false
    const writing = (async () => {
      while (!isOver) {
        await store.outbox.enqueue({ kind: 'feedback', body: 1 })
        written += 1
      }
    })()
    await store.housekeeping.run(signal)
    isOver = true
    await writing
    expect(written).toBeGreaterThan(5)
  })

  it('forgets what is finished, and what was delivered, after their time only', async () => {
    const clock = createFakeClock()
    await using store = await openStore({ path, clock })
    const { outbox, deliveries } = store
    const { id } = await outbox.enqueue({ kind: 'background-request', body: 1 })
    await outbox.cancel(id, 'not wanted')
    const waiting = await outbox.enqueue({ kind: 'background-request', body: 1 })
    await deliveries.accept(batchOf(['a']), clock.now())
    await clock.advance(30 * day)
    await store.housekeeping.run(signal)
    expect(await outbox.find(id)).toMatchObject({ state: 'cancelled' })
    await clock.advance(1)
    await store.housekeeping.run(signal)
    expect(await outbox.find(id)).toBe(undefined)
    expect(await outbox.find(waiting.id)).toMatchObject({ state: 'queued' })
    expect(await deliveries.since(0, 9)).toHaveLength(1)
    await clock.advance(60 * day)
    await store.housekeeping.run(signal)
    expect(await deliveries.since(0, 9)).toEqual([])
    expect(await deliveries.accept(batchOf(['a']), clock.now())).toMatchObject({ verdict: 'known' })
  })

  it('believes no clock that is far ahead', async () => {
    const { now, ...rest } = createFakeClock()
    let aheadMs = 0
    const clock = { ...rest, now: () => now() + aheadMs }
    await using store = await openStore({ path, clock })
    const { outbox, deliveries } = store
    const { id } = await outbox.enqueue({ kind: 'background-request', body: 1 })
    await outbox.cancel(id, 'not wanted')
    await deliveries.accept(batchOf(['a']), clock.now())
    store.decisions.save(someDecision('a'))
    await store.decisions.flush()
    aheadMs = 3650 * day
    await store.housekeeping.run(signal)
    for (let index = 0; index < 1001; index += 1) store.decisions.save(someDecision(`r${index}`))
    await store.decisions.flush()
    expect(await outbox.find(id)).toMatchObject({ state: 'cancelled' })
    expect(await deliveries.since(0, 9)).toHaveLength(1)
    expect(await store.decisions.find('a')).toMatchObject({ requestId: 'a' })
  })

  it('remembers finished work as long and as much as it is told', async () => {
    const clock = createFakeClock()
    await using store = await openStore({ path, clock, keepFinishedDays: 365, keepFinishedRows: 2 })
    const ids: string[] = []
    for (let index = 0; index < 4; index += 1) {
      const { id } = await store.outbox.enqueue({ kind: 'background-request', body: index })
      if (index > 0) await store.outbox.cancel(id, 'not wanted')
      await clock.advance(1)
      ids.push(id)
    }
    await clock.advance(364 * day)
    await store.housekeeping.run(signal)
    const found = await Promise.all(ids.map((id) => store.outbox.find(id)))
    expect(found.map((entry) => entry?.state)).toEqual(['queued', undefined, 'cancelled', 'cancelled'])
    await clock.advance(2 * day)
    await store.housekeeping.run(signal)
    expect(await store.outbox.find(ids[3] ?? '')).toBe(undefined)
  })

  it('forgets the marks of epochs that are long over, and knows such an epoch still', async () => {
    const clock = createFakeClock()
    await using store = await openStore({ path, clock })
    await forgetsMarks({
      expect,
      store,
      clock,
      marks: async () => {
        const database = new DatabaseSync(path)
        const rows = database.prepare('SELECT epoch FROM delivery_batches ORDER BY epoch, sequence').all()
        database.close()
        return rows.map(({ epoch }) => String(epoch))
      },
    })
  })

  it('ends what is past its deadline, visibly', async () => {
    const clock = createFakeClock()
    await using store = await openStore({ path, clock })
    const { id } = await store.outbox.enqueue({ kind: 'background-request', body: 1, deadlineMs: 1000 })
    await clock.advance(1000)
    await store.housekeeping.run(signal)
    expect(await store.outbox.find(id)).toMatchObject({ state: 'failed', reason: 'deadline' })
  })
})

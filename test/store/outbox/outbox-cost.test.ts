import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openStore } from '../../../src/store/open-store.ts'
import type { EdgeStore } from '../../../src/store/store.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

const root = mkdtempSync(join(tmpdir(), 'edgewise-outbox-cost-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const kinds = ['background-request'] as const

async function full(rows: number, clock = createFakeClock()): Promise<EdgeStore> {
  const limits = { rows, bytes: 2 ** 30, entryBytes: 2 ** 20 }
  const store = await openStore({ path: join(root, `${rows}-${Math.random()}.db`), clock, outbox: limits })
  await store.transaction(({ outbox }) => {
    for (let index = 0; index < rows; index += 1) {
      outbox.enqueue({ kind: 'background-request', body: 'x'.repeat(200), idempotencyKey: `key-${index}` })
    }
  })
  return store
}

/** Of so many, in milliseconds. */
async function median(act: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let index = 0; index < 31; index += 1) {
    const start = performance.now()
    await act()
    times.push(performance.now() - start)
  }
  return times.toSorted((a, b) => a - b)[15] ?? Number.NaN
}

/** All are tried once and wait for an hour. */
async function postpone({ outbox, transaction }: EdgeStore): Promise<void> {
  for (;;) {
    const leased = await outbox.lease({ kinds, limit: 1000, leaseMs: 60_000 })
    if (leased.length === 0) return
    await transaction((writes) => {
      for (const entry of leased) writes.outbox.retry(entry, { reason: 'no link', afterMs: 3_600_000 })
    })
  }
}

describe('an outbox in which much waits', () => {
  it('refuses and looks for work as fast as one in which little waits', { timeout: 30_000 }, async () => {
    await using little = await full(20)
    await using much = await full(20_000)
    const refusals = ({ outbox }: EdgeStore) =>
      median(() => expect(outbox.enqueue({ kind: 'background-request', body: 1 })).rejects.toThrow(/is full/))
    const mismatches = ({ outbox }: EdgeStore) =>
      median(() => {
        const entry = { kind: 'background-request', body: 1, idempotencyKey: 'key-1' } as const
        return expect(outbox.enqueue(entry)).rejects.toMatchObject({ code: 'idempotency-mismatch' })
      })
    const looks = ({ outbox }: EdgeStore) => median(() => outbox.lease({ kinds, limit: 4, leaseMs: 1000 }))
    expect((await refusals(much)) / (await refusals(little))).toBeLessThan(10)
    expect((await mismatches(much)) / (await mismatches(little))).toBeLessThan(10)
    for (const store of [little, much]) await postpone(store)
    expect((await looks(much)) / (await looks(little))).toBeLessThan(10)
  })

  it('takes the few that are due among many that are not, by priority', async () => {
    const clock = createFakeClock()
    await using store = await full(100, clock)
    await postpone(store)
    const limits = { kinds, limit: 3, leaseMs: 1000 }
    const ids: string[] = []
    for (const priority of [0, 5, 9]) {
      const waiting = await store.outbox.findByKey(`key-${priority}`)
      await store.outbox.cancel(waiting?.id ?? '', 'room')
      const entry = await store.outbox.enqueue({ kind: 'background-request', body: priority, priority })
      ids.unshift(entry.id)
    }
    expect((await store.outbox.lease(limits)).map(({ id }) => id)).toEqual(ids)
    expect(await store.outbox.lease(limits)).toEqual([])
  })

  it('hastens them a little at a time, so that others can write meanwhile', async () => {
    await using store = await full(5000)
    await postpone(store)
    let written = 0
    let isOver = false
    const writing = (async () => {
      while (!isOver) {
        await store.transaction(() => {
          written += 1
        })
      }
    })()
    expect(await store.outbox.hasten(kinds)).toBe(5000)
    isOver = true
    await writing
    expect(written).toBeGreaterThan(5)
    expect(await store.outbox.lease({ kinds, limit: 9, leaseMs: 1000 })).toHaveLength(9)
    expect(await store.outbox.hasten(kinds)).toBe(0)
  })

  it('counts on correctly past work that is undone', async () => {
    await using store = await full(20)
    const { outbox, transaction } = store
    const entry = { kind: 'background-request', body: 1 } as const
    const first = await outbox.findByKey('key-0')
    const undone = transaction((writes) => {
      writes.outbox.cancel(first?.id ?? '', 'room')
      throw new Error('no')
    })
    const alone = expect(undone).rejects.toThrow('no')
    const refused = expect(outbox.enqueue(entry)).rejects.toThrow(/is full/)
    await Promise.all([alone, refused])
    expect(outbox.status().waiting['background-request'].rows).toBe(20)
    await outbox.cancel(first?.id ?? '', 'room')
    const tries = await Promise.allSettled([outbox.enqueue(entry), outbox.enqueue(entry)])
    expect(tries.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect(outbox.status().waiting['background-request'].rows).toBe(20)
  })
})

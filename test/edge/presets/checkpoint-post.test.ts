import { describe, expect, it } from 'vitest'
import { postCheckpoints } from '../../../src/edge/presets/checkpoint-post.ts'
import type { EdgewiseError } from '../../../src/spec/errors.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

const busy = { isIdle: false }

async function open({ rows = 1000 } = {}) {
  const clock = createFakeClock()
  const store = await openStore({ path: ':memory:', clock, outbox: { rows, bytes: 2 ** 20, entryBytes: 2 ** 16 } })
  const troubles: EdgewiseError[] = []
  const post = postCheckpoints({ outbox: store.outbox, clock, onTrouble: (error) => void troubles.push(error) })
  /** Time goes on, and what was to be written is written. */
  const pass = async (ms: number) => {
    await clock.advance(ms)
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  }
  const waiting = async () => {
    await pass(0)
    const { entries } = await store.outbox.delivery.seal({ kinds: ['ledger-checkpoint'], limit: 999, bytes: 2 ** 20 })
    return entries.map(({ body }) => JSON.parse(body))
  }
  return { clock, pass, store, post, troubles, waiting, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() }
}

describe('the post for checkpoints', () => {
  it('queues the first at once and of those of a minute the last', async () => {
    await using parts = await open()
    const { post, pass } = parts
    post.setWanted(true)
    for (const note of ['a', 'b', 'c']) post.take(note, busy)
    await pass(59_999)
    const { rows } = parts.store.outbox.status().waiting['ledger-checkpoint']
    await pass(1)
    expect([rows, await parts.waiting()]).toEqual([1, ['a', 'c']])
  })

  it('queues one an hour while nothing but control data is sent, and the next in its minute when that is over', async () => {
    await using parts = await open()
    const { post, pass } = parts
    const rows = () => parts.store.outbox.status().waiting['ledger-checkpoint'].rows
    post.setWanted(true)
    for (let minute = 0; minute < 90; minute += 1) {
      post.take(`idle ${minute}`, { isIdle: true })
      await pass(60_000)
    }
    expect(rows()).toBe(2)
    post.take('busy', busy)
    post.take('idle again', { isIdle: true })
    await pass(0)
    expect(await parts.waiting()).toEqual(['idle 0', 'idle 59', 'busy'])
  })

  it('queues nothing without a hub, and the latest when there is one', async () => {
    await using parts = await open()
    parts.post.take('a', busy)
    parts.post.take('b', busy)
    expect(parts.store.outbox.status().waiting['ledger-checkpoint'].rows).toBe(0)
    parts.post.setWanted(true)
    expect(await parts.waiting()).toEqual(['b'])
  })

  it('queues the last when it ends, however soon after the one before', async () => {
    await using parts = await open()
    parts.post.setWanted(true)
    parts.post.take('a', busy)
    parts.post.take('b', busy)
    await parts.post[Symbol.asyncDispose]()
    expect([await parts.waiting(), parts.clock.pendingDelays]).toEqual([['a', 'b'], 0])
  })

  it('lets no more than sixty wait, and goes on with the latest when they are delivered', async () => {
    await using parts = await open()
    const { post, pass, store } = parts
    post.setWanted(true)
    for (let minute = 0; minute < 100; minute += 1) {
      post.take(`note ${minute}`, busy)
      await pass(60_000)
    }
    const before = await parts.waiting()
    expect(before).toHaveLength(60)
    await store.outbox.delivery.beginEpoch()
    for (;;) {
      const [entry] = await store.outbox.lease({ kinds: ['ledger-checkpoint'], limit: 1, leaseMs: 1000 })
      if (entry === undefined) break
      await store.outbox.complete(entry)
    }
    await pass(60_000)
    expect([before.at(-1), await parts.waiting()]).toEqual(['note 59', ['note 99']])
  })

  it('tells once that the outbox is full, and tries again', async () => {
    await using parts = await open({ rows: 1 })
    const { post, pass, store } = parts
    const { id } = await store.outbox.enqueue({ kind: 'background-request', body: 1 })
    post.setWanted(true)
    post.take('a', busy)
    for (let minute = 0; minute < 3; minute += 1) await pass(60_000)
    expect(parts.troubles.map(({ code }) => code)).toEqual(['queue-full'])
    await store.outbox.cancel(id, 'over')
    await pass(60_000)
    expect(await parts.waiting()).toEqual(['a'])
  })
})

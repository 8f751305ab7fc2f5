import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EdgewiseError } from '../../../src/spec/errors.ts'
import type { OpenConnection } from '../../../src/spec/ports.ts'
import { deliveryPath } from '../../../src/sync/delivery/protocol.ts'
import { call, joinAs, newEdge, temporaryFolder, testHub } from '../../hub/running-hub.ts'
import { eventually, receivedBy, type TestEdge, testEdge } from './delivering-edge.ts'

function isEmpty({ store }: TestEdge): boolean {
  return store.outbox.status().waiting.telemetry.rows === 0
}

/** What is on disk now, as somebody would copy it. */
async function copyOf({ path, store }: TestEdge): Promise<string> {
  await store.decisions.flush()
  const folder = temporaryFolder()
  for (const suffix of ['', '-wal']) copyFileSync(path + suffix, join(folder, `edge.db${suffix}`))
  return folder
}

describe('what an edge has queued', () => {
  it('is at the hub in its order, and then forgotten at the edge', async () => {
    await using hub = await testHub()
    await using edge = await testEdge({ hub })
    const words = Array.from({ length: 1200 }, (_, index) => `word ${index}`)
    await edge.say(...words)
    edge.start()
    await eventually(() => isEmpty(edge))
    expect(await receivedBy(hub)).toEqual(words)
    expect(edge.troubles).toEqual([])
    expect(edge.store.outbox.status().delivered).toBe(1200)
  })

  it('goes out soon after it was taken in, together with what came along', async () => {
    await using hub = await testHub()
    let calls = 0
    const through =
      (open: OpenConnection): OpenConnection =>
      (outbound) => {
        calls += 1
        return open(outbound)
      }
    await using edge = await testEdge({ hub, through })
    edge.start()
    await eventually(() => calls === 1)
    await edge.say('a')
    await edge.say('b')
    await eventually(() => edge.clock.pendingDelays === 1)
    await edge.clock.advance(500)
    await eventually(() => isEmpty(edge))
    expect([calls, await receivedBy(hub)]).toEqual([2, ['a', 'b']])
  })

  it('is there once when the answer of the hub was lost, however often', async () => {
    await using hub = await testHub()
    let calls = 0
    const through =
      (open: OpenConnection): OpenConnection =>
      async (outbound) => {
        const answer = await open(outbound)
        calls += 1
        if (calls > 4) return answer
        for await (const _ of answer.body) break
        throw new EdgewiseError('stream-cut', 'cut')
      }
    await using edge = await testEdge({ hub, through })
    await edge.say('a', 'b')
    edge.start()
    for (let tries = 1; tries < 5; tries += 1) {
      await eventually(() => calls === tries && edge.clock.pendingDelays === 1)
      await edge.clock.advance(60_000)
    }
    await eventually(() => isEmpty(edge))
    expect(await receivedBy(hub)).toEqual(['a', 'b'])
  })

  it('waits for the link, with a try now and then, and comes soon after it is back', async () => {
    await using hub = await testHub()
    let calls = 0
    let isCut = true
    const through =
      (open: OpenConnection): OpenConnection =>
      (outbound) => {
        calls += 1
        return isCut ? Promise.reject(new EdgewiseError('link-down', 'no route')) : open(outbound)
      }
    await using edge = await testEdge({ hub, through })
    edge.setLink('down')
    await edge.say('a')
    edge.start()
    for (let second = 0; second < 3600; second += 10) {
      await eventually(() => edge.clock.pendingDelays === 1)
      await edge.clock.advance(10_000)
    }
    expect(calls).toBeGreaterThan(10)
    expect(calls).toBeLessThan(120)
    await eventually(() => edge.clock.pendingDelays === 1)
    isCut = false
    edge.setLink('up')
    await edge.clock.advance(60_000)
    await eventually(() => isEmpty(edge))
    expect(await receivedBy(hub)).toEqual(['a'])
  })

  it('does not sit out its wait after a failed try when the link comes back', async () => {
    await using hub = await testHub()
    let calls = 0
    const through =
      (open: OpenConnection): OpenConnection =>
      (outbound) => {
        calls += 1
        return calls === 1 ? Promise.reject(new EdgewiseError('link-down', 'no route')) : open(outbound)
      }
    await using edge = await testEdge({ hub, through })
    await edge.clock.advance(3_600_000)
    await edge.say('a')
    edge.start()
    // Half of a minute, by the chance of this edge.
    await eventually(() => calls === 1 && edge.clock.pendingDelays === 1)
    await edge.clock.advance(1000)
    edge.setLink('down')
    expect(edge.clock.pendingDelays).toBe(1)
    edge.setLink('up')
    // Half of the five seconds over which edges spread that came back together.
    await eventually(() => edge.clock.pendingDelays === 1)
    await edge.clock.advance(2499)
    expect(calls).toBe(1)
    await edge.clock.advance(1)
    await eventually(() => isEmpty(edge))
    expect(await receivedBy(hub)).toEqual(['a'])
  })

  it('is tried again when the hub says so, and not before', async () => {
    await using hub = await testHub()
    let calls = 0
    const through =
      (open: OpenConnection): OpenConnection =>
      (outbound) => {
        calls += 1
        if (calls > 1) return open(outbound)
        const body = new TextEncoder().encode('{"error":{"message":"later","code":"rate-limited"}}')
        const pieces = (async function* () {
          yield body
        })()
        return Promise.resolve({ status: 429, headers: { 'retry-after': '90' }, body: pieces })
      }
    await using edge = await testEdge({ hub, through })
    await edge.say('a')
    edge.start()
    await eventually(() => edge.clock.pendingDelays === 1)
    // 90 s, and half of the first backoff.
    await edge.clock.advance(90_249)
    expect(calls).toBe(1)
    await edge.clock.advance(1)
    await eventually(() => isEmpty(edge))
    expect([await receivedBy(hub), edge.troubles]).toEqual([['a'], []])
  })

  it('goes on where it was after a restart in the middle', async () => {
    await using hub = await testHub()
    const folder = temporaryFolder()
    const cut = (): OpenConnection => () => Promise.reject(new EdgewiseError('link-down', 'down'))
    const first = await testEdge({ hub, folder, through: cut })
    await first.say('a', 'b')
    first.start()
    await eventually(() => first.clock.pendingDelays === 1)
    await first[Symbol.asyncDispose]()
    await using again = await testEdge({ hub, folder, identity: first.identity })
    await again.say('c')
    again.start()
    await eventually(() => isEmpty(again))
    expect(await receivedBy(hub)).toEqual(['a', 'b', 'c'])
  })
})

describe('an edge with another past than its hub knows', () => {
  it('that was restored from a copy hands nothing over, says so, and goes on in a new epoch with nothing twice', async () => {
    await using hub = await testHub()
    const before = await testEdge({ hub })
    await before.say('a', 'b')
    const copy = await copyOf(before)
    before.start()
    await eventually(() => isEmpty(before))
    await before.say('c')
    await before[Symbol.asyncDispose]()
    await using restored = await testEdge({ hub, folder: copy, identity: before.identity })
    await restored.say('d')
    restored.start()
    await eventually(() => restored.troubles.length === 1)
    expect(restored.troubles[0]?.code).toBe('delivery-forked')
    expect((await restored.store.outbox.delivery.epoch()).halted).toMatch(/restored from a copy|new epoch/)
    expect(await receivedBy(hub)).toEqual(['a', 'b'])
    await restored.store.outbox.delivery.beginEpoch()
    await eventually(() => restored.clock.pendingDelays === 1)
    await restored.clock.advance(300_000)
    await eventually(() => isEmpty(restored))
    expect(await receivedBy(hub)).toEqual(['a', 'b', 'd'])
  })

  it('finds out that it was restored also when it has nothing to hand over', async () => {
    await using hub = await testHub()
    const before = await testEdge({ hub })
    const copy = await copyOf(before)
    await before.say('a')
    before.start()
    await eventually(() => isEmpty(before))
    await before[Symbol.asyncDispose]()
    await using restored = await testEdge({ hub, folder: copy, identity: before.identity })
    restored.start()
    await eventually(() => restored.troubles.length === 1)
    expect(restored.troubles[0]?.code).toBe('delivery-forked')
  })

  it('and its twin are both stopped, and nothing of the twin is merged', async () => {
    await using hub = await testHub()
    await using edge = await testEdge({ hub })
    const copy = await copyOf(edge)
    await edge.say('a')
    edge.start()
    await eventually(() => isEmpty(edge))
    await using twin = await testEdge({ hub, folder: copy, identity: edge.identity })
    await twin.say('x', 'y')
    twin.start()
    await eventually(() => twin.troubles.length === 1)
    await edge.say('b')
    await eventually(() => edge.clock.pendingDelays === 1)
    await edge.clock.advance(500)
    await eventually(() => edge.troubles.length === 1)
    expect([edge, twin].map(({ troubles }) => troubles[0]?.code)).toEqual(['delivery-forked', 'delivery-forked'])
    expect(await receivedBy(hub)).toEqual(['a'])
    expect(edge.store.outbox.status().waiting.telemetry.rows).toBe(1)
  })

  it('whose hub has lost what it had begins a new epoch and says what is lost', async () => {
    const first = await testHub()
    await using edge = await testEdge({ hub: first })
    const { port } = first
    await edge.say('a', 'b')
    edge.start()
    await eventually(() => isEmpty(edge))
    await first.close()
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(first.folder, `hub.db${suffix}`), { force: true })
    await using hub = await testHub({ folder: first.folder, config: { port } })
    await using again = await rejoined(edge, hub)
    await again.say('c')
    again.start()
    await eventually(() => isEmpty(again))
    expect(again.troubles.map(({ code, message }) => [code, /2 entries were handed over/.test(message)])).toEqual([
      ['delivery-gap', true],
    ])
    expect(await receivedBy(hub)).toEqual(['c'])
  })
})

/** The same store and key, joined to this hub. */
async function rejoined(edge: TestEdge, hub: Awaited<ReturnType<typeof testHub>>): Promise<TestEdge> {
  await edge.stop()
  await joinAs({ token: await hub.mintJoinToken(), identity: edge.identity })
  return testEdge({ hub, folder: join(edge.path, '..'), identity: edge.identity })
}

describe('a hub', () => {
  it('takes deliveries from joined edges only, and only whole ones', async () => {
    await using hub = await testHub()
    const good = { epoch: 'ab'.repeat(16), first: 1, head: 'cd'.repeat(32), entries: [] }
    const status = async (options: object) => (await call(hub, { path: deliveryPath, body: good, ...options })).status
    expect(await status({ identity: await newEdge() })).toBe(401)
    expect(await status({})).toBe(401)
    await using edge = await testEdge({ hub })
    const { identity } = edge
    for (const body of [{}, { ...good, first: 0 }, { ...good, epoch: 'x' }, { ...good, entries: [{}] }, '[']) {
      expect(await status({ identity, body })).toBe(400)
    }
    // Its epoch does not begin with what its first batch names.
    expect(await status({ identity })).toBe(409)
    expect(await status({ identity, body: { ...good, first: 2 } })).toBe(409)
    expect(await receivedBy(hub)).toEqual([])
  })

  it('lets a herd in at its rate: the others are told when to come', async () => {
    await using hub = await testHub({ config: { deliveries: { perSecond: 1, concurrency: 1 } } })
    const herd = await Promise.all(Array.from({ length: 8 }, () => newEdge()))
    for (const identity of herd) await joinAs({ token: await hub.mintJoinToken(), identity })
    const body = { epoch: 'ab'.repeat(16), first: 2, head: 'cd'.repeat(32), entries: [] }
    const tries = herd.map((identity) => call(hub, { path: deliveryPath, identity, body }))
    const answers = await Promise.all(tries)
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(4)
    for (const { headers } of refused) expect(Number(headers['retry-after'])).toBeGreaterThan(1)
  })
})

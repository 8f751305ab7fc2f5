import type { StreamPart } from '../../spec/stream-part.ts'
import type { HubStore } from '../../store/store.ts'
import { batchOf, behind, deliveriesConformance } from './deliveries.ts'
import type { TestRunner } from './test-runner.ts'

export interface HubStoreConformanceOptions extends TestRunner {
  /** Opens the store of one test; the same `place` gives the same store again, also while it is open. */
  open(place: string): Promise<HubStore>
}

/** What every store of a hub promises. Call it in the test file of an implementation. */
export function hubStoreConformance(options: HubStoreConformanceOptions): void {
  edgesConformance(options)
  joinTokensConformance(options)
  spendingConformance(options)
  keptAnswersConformance(options)
  deliveriesConformance(options)
}

function edgesConformance({ describe, it, expect, open }: HubStoreConformanceOptions): void {
  const edge = (id: string) => ({ id, name: `name of ${id}`, publicKey: `key of ${id}`, joinedAt: 1000 })

  describe('the edges of a store', () => {
    it('are listed in the order they joined, with when they were last seen', async () => {
      await using store = await open('edges')
      await store.edges.add(edge('z'))
      await store.edges.add(edge('a'))
      await store.edges.touch('z', 2000)
      expect(await store.edges.list()).toEqual([
        { ...edge('z'), lastSeenAt: 2000, revokedAt: undefined },
        { ...edge('a'), lastSeenAt: undefined, revokedAt: undefined },
      ])
      expect(await store.edges.find('nobody')).toBe(undefined)
    })

    it('stay known when revoked, and count as revoked once', async () => {
      await using store = await open('edges-revoked')
      await store.edges.add(edge('a'))
      expect(await store.edges.revoke('a', 3000)).toBe(true)
      expect(await store.edges.revoke('a', 4000)).toBe(false)
      expect(await store.edges.revoke('nobody', 4000)).toBe(false)
      expect(await store.edges.find('a')).toMatchObject({ revokedAt: 3000 })
    })

    it('are welcome again when they join again', async () => {
      await using store = await open('edges-again')
      await store.edges.add(edge('a'))
      await store.edges.revoke('a', 3000)
      await store.edges.add({ ...edge('a'), name: 'new name', joinedAt: 5000 })
      expect(await store.edges.list()).toEqual([
        { ...edge('a'), name: 'new name', joinedAt: 5000, lastSeenAt: undefined, revokedAt: undefined },
      ])
    })
  })
}

function joinTokensConformance({ describe, it, expect, open }: HubStoreConformanceOptions): void {
  describe('the join tokens of a store', () => {
    it('are taken once, and never after they expired', async () => {
      await using store = await open('tokens')
      await store.joinTokens.add({ digest: 'd1', expiresAt: 1000 })
      await store.joinTokens.add({ digest: 'd2', expiresAt: 1000 })
      expect(await store.joinTokens.take('d1', 999)).toBe('taken')
      expect(await store.joinTokens.take('d1', 999)).toBe('used')
      expect(await store.joinTokens.take('d2', 1000)).toBe('expired')
      expect(await store.joinTokens.take('d3', 0)).toBe('unknown')
    })

    it('are taken by one of many that try at the same time, through several open stores', async () => {
      await using one = await open('tokens-race')
      await using two = await open('tokens-race')
      await one.joinTokens.add({ digest: 'd', expiresAt: 1000 })
      const tries = [one, two, one, two, one, two].map((store) => store.joinTokens.take('d', 1))
      const verdicts = await Promise.all(tries)
      expect(verdicts.filter((verdict) => verdict === 'taken').length).toBe(1)
    })
  })
}

function spendingConformance({ describe, it, expect, open }: HubStoreConformanceOptions): void {
  const day = '2026-01-31'
  const wanted = (changes: object = {}) => ({ run: 'run-1', caller: 'edge', day, micros: 40, ...changes })
  const spent = (micros: number) => ({ micros, requests: 1, promptTokens: 10, completionTokens: 2 })
  const entry = (caller: string, on: string, micros: number) => ({ caller, day: on, ...spent(micros) })

  describe('the spending in a store', () => {
    it('adds up by caller and day, whether money was set aside for it or not', async () => {
      await using store = await open('spending')
      const reservation = await store.spending.reserve(wanted())
      const id = 'id' in reservation ? reservation.id : -1
      expect(await store.spending.settle(id, spent(25))).toBe(true)
      expect(await store.spending.settle(id, spent(25))).toBe(false)
      await store.spending.add([entry('edge', day, 5), entry('edge', '2026-02-01', 7), entry('other', day, 1)])
      await store.spending.add([])
      expect(await store.spending.since(day)).toEqual([
        { caller: 'edge', day, micros: 30, requests: 2, promptTokens: 20, completionTokens: 4 },
        entry('other', day, 1),
        entry('edge', '2026-02-01', 7),
      ])
      expect(await store.spending.since('2026-02-01')).toEqual([entry('edge', '2026-02-01', 7)])
    })

    it('is held against the limits of day and month together with what is set aside', async () => {
      await using store = await open('spending-limits')
      await store.spending.add([entry('edge', '2026-01-30', 50), entry('other', day, 1000)])
      const first = await store.spending.reserve(wanted({ mostPerDay: 40 }))
      expect('id' in first).toBe(true)
      const overDay = await store.spending.reserve(wanted({ micros: 1, mostPerDay: 40 }))
      expect(overDay).toEqual({ exceeded: 'day', committed: 40 })
      const overMonth = await store.spending.reserve(wanted({ micros: 11, mostPerMonth: 100 }))
      expect(overMonth).toEqual({ exceeded: 'month', committed: 90 })
      const nextMonth = await store.spending.reserve(wanted({ day: '2026-02-01', mostPerDay: 40, mostPerMonth: 100 }))
      expect('id' in nextMonth).toBe(true)
      await store.spending.settle('id' in first ? first.id : -1, spent(0))
      expect('id' in (await store.spending.reserve(wanted({ mostPerDay: 40 })))).toBe(true)
    })

    it('never passes its limit, through several open stores at the same time', async () => {
      await using one = await open('spending-race')
      await using two = await open('spending-race')
      const tries = [one, two, one, two, one, two].map((store) => store.spending.reserve(wanted({ mostPerDay: 100 })))
      const verdicts = await Promise.all(tries)
      expect(verdicts.filter((verdict) => 'id' in verdict).length).toBe(2)
    })

    it('books in full, once, what another run set aside and never settled', async () => {
      {
        await using store = await open('spending-crash')
        await store.spending.reserve(wanted())
        await store.spending.reserve(wanted({ caller: 'other', micros: 3 }))
      }
      await using store = await open('spending-crash')
      const own = await store.spending.reserve(wanted({ run: 'run-2', micros: 1 }))
      expect(await store.spending.reconcile('run-2')).toEqual([
        { caller: 'edge', micros: 40 },
        { caller: 'other', micros: 3 },
      ])
      expect(await store.spending.reconcile('run-2')).toEqual([])
      expect((await store.spending.since(day)).map(({ caller, micros }) => [caller, micros])).toEqual([
        ['edge', 40],
        ['other', 3],
      ])
      expect(await store.spending.settle('id' in own ? own.id : -1, spent(1))).toBe(true)
    })
  })
}

function keptAnswersConformance({ describe, it, expect, open }: HubStoreConformanceOptions): void {
  const parts = (text: string): readonly StreamPart[] => [
    { type: 'text-delta', text },
    { type: 'finish', reason: 'stop', usage: { promptTokens: 1, completionTokens: 1 } },
  ]
  const answer = (key: string, text = key) => ({
    caller: 'edge',
    key,
    digest: 'd',
    parts: parts(text),
    expiresAt: 1000,
  })
  const limits = { now: 0, mostBytes: 1000 }

  describe('the kept answers of a store', () => {
    it('are found by their caller alone, until they expire or are removed', async () => {
      {
        await using store = await open('kept')
        expect(await store.keptAnswers.save(answer('a'), limits)).toBe(true)
        expect(await store.keptAnswers.save(answer('a', 'newer "é" 😀'), limits)).toBe(true)
      }
      await using store = await open('kept')
      expect(await store.keptAnswers.find('edge', 'a', 999)).toEqual({ digest: 'd', parts: parts('newer "é" 😀') })
      expect(await store.keptAnswers.find('edge', 'a', 1000)).toBe(undefined)
      expect(await store.keptAnswers.find('other', 'a', 999)).toBe(undefined)
      expect(await store.keptAnswers.remove('other', 'a')).toBe(false)
      expect(await store.keptAnswers.remove('edge', 'a')).toBe(true)
      expect(await store.keptAnswers.find('edge', 'a', 999)).toBe(undefined)
    })

    it('are removed all together with their caller', async () => {
      await using store = await open('kept-all')
      for (const key of ['a', 'b']) await store.keptAnswers.save(answer(key), limits)
      await store.keptAnswers.save({ ...answer('a'), caller: 'other' }, limits)
      expect([await store.keptAnswers.removeAll('edge'), await store.keptAnswers.removeAll('edge')]).toEqual([2, 0])
      expect(await store.keptAnswers.find('edge', 'b', 1)).toBe(undefined)
      expect((await store.keptAnswers.find('other', 'a', 1))?.digest).toBe('d')
    })

    it('are forgotten when they have expired, some at a time', async () => {
      await using store = await open('kept-expired')
      for (const key of ['a', 'b', 'c']) await store.keptAnswers.save(answer(key), { now: 0, mostBytes: 10_000 })
      await store.keptAnswers.save({ ...answer('d'), expiresAt: 2000 }, { now: 0, mostBytes: 10_000 })
      expect([await store.keptAnswers.forget(999, 9), await store.keptAnswers.forget(1000, 2)]).toEqual([0, 2])
      expect([await store.keptAnswers.forget(1000, 9), await store.keptAnswers.forget(1000, 9)]).toEqual([1, 0])
      expect((await store.keptAnswers.find('edge', 'd', 1000))?.digest).toBe('d')
    })

    it('is tidied: what is over its time goes, in as many steps as it takes', async () => {
      await using store = await open('tidied')
      const first = batchOf(Array.from({ length: 1200 }, (_, index) => `old ${index}`))
      await store.deliveries.accept(first, Date.now() - 91 * 86_400_000)
      await store.deliveries.accept(behind(first, ['new']), Date.now())
      await store.keptAnswers.save(answer('a'), limits)
      expect(await store.housekeeping.run(new AbortController().signal)).toMatchObject({ rows: 1201 })
      expect((await store.deliveries.since(0, 9)).map(({ body }) => body)).toEqual(['"new"'])
      expect(await store.deliveries.epochs('edge')).toMatchObject([{ durableUpTo: 1201 }])
    })

    it('of one caller give way, the oldest first, and take none of another', async () => {
      await using store = await open('kept-limit')
      await store.keptAnswers.save({ ...answer('a'), caller: 'other' }, limits)
      for (const key of ['a', 'b', 'c']) await store.keptAnswers.save(answer(key, 'x'.repeat(300)), limits)
      const isKept = async (caller: string, key: string) => (await store.keptAnswers.find(caller, key, 1)) !== undefined
      expect([await isKept('edge', 'a'), await isKept('edge', 'b'), await isKept('edge', 'c')]).toEqual([
        false,
        true,
        true,
      ])
      expect(await isKept('other', 'a')).toBe(true)
      expect(await store.keptAnswers.save(answer('huge', 'x'.repeat(2000)), limits)).toBe(false)
      expect(await isKept('edge', 'c')).toBe(true)
    })
  })
}

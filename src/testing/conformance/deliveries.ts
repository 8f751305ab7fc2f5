import type { DeliveryBook, ReceivedBatch } from '../../store/deliveries/delivery-book.ts'
import { chainHead, chainStart } from '../../store/outbox/chain.ts'
import type { HubStoreConformanceOptions } from './hub-store.ts'

const now = 1_767_225_600_000
const epoch = 'aa'.repeat(16)

interface Sent {
  readonly edge?: string
  readonly epoch?: string
  readonly first?: number
  readonly head?: string
}

/** A batch as an edge sends it that says these words. */
export function batchOf(words: readonly string[], sent: Sent = {}): ReceivedBatch {
  const { edge = 'edge', epoch: of = epoch, first = 1, head = chainStart(of) } = sent
  const entries = words.map((word) => ({ id: `out-${word}`, kind: 'telemetry', enqueuedAt: 5, body: `"${word}"` }))
  return { edge, epoch: of, first, head, entries, headAfter: chainHead(head, { first, entries }) }
}

/** The batch that goes on behind, where this one ends. */
export function behind(batch: ReceivedBatch, words: readonly string[]): ReceivedBatch {
  const { edge, epoch: of, first, entries, headAfter: head } = batch
  return batchOf(words, { edge, epoch: of, first: first + entries.length, head })
}

async function wordsOf(book: DeliveryBook): Promise<readonly string[]> {
  return (await book.since(0, 99)).map(({ body }) => JSON.parse(body))
}

/** What every book of deliveries promises. */
export function deliveriesConformance({ describe, it, expect, open }: HubStoreConformanceOptions): void {
  describe('the deliveries in a store', () => {
    it('are taken in with the mark up to which the edge may forget them, in their order', async () => {
      await using store = await open('deliveries')
      const { deliveries } = store
      const first = batchOf(['a', 'b'])
      const second = behind(first, ['c'])
      expect(await deliveries.accept(first, now)).toEqual({ verdict: 'taken', durableUpTo: 2, head: first.headAfter })
      expect(await deliveries.accept(second, now)).toEqual({ verdict: 'taken', durableUpTo: 3, head: second.headAfter })
      expect(await wordsOf(deliveries)).toEqual(['a', 'b', 'c'])
      const [row] = await deliveries.since(0, 1)
      expect(row ?? {}).toMatchObject({
        edge: 'edge',
        epoch,
        sequence: 1,
        id: 'out-a',
        kind: 'telemetry',
        enqueuedAt: 5,
      })
      expect(await deliveries.since(row?.position ?? 0, 9)).toMatchObject([{ sequence: 2 }, { sequence: 3 }])
      expect(await deliveries.epochs('edge')).toMatchObject([{ epoch, durableUpTo: 3, closed: undefined }])
    })

    it('are found by edge and kind, the newest first', async () => {
      await using store = await open('deliveries-latest')
      const { deliveries } = store
      const first = batchOf(['a', 'b', 'c'])
      await deliveries.accept(first, now)
      await deliveries.accept(batchOf(['d'], { edge: 'other' }), now)
      const latest = await deliveries.latest({ edge: 'edge', kind: 'telemetry' }, 2)
      expect(latest.map(({ body }) => body)).toEqual(['"c"', '"b"'])
      expect(await deliveries.latest({ edge: 'edge', kind: 'feedback' }, 2)).toEqual([])
    })

    it('change nothing when they come again, however old they are', async () => {
      await using store = await open('deliveries-again')
      const { deliveries } = store
      const batches = [batchOf(['a'])]
      for (const word of ['b', 'c', 'd']) batches.push(behind(batches.at(-1) ?? batchOf([]), [word]))
      for (const batch of batches) await deliveries.accept(batch, now)
      await deliveries.forget(now + 1, 99)
      for (const batch of batches) {
        const verdict = await deliveries.accept(batch, now + 1e9)
        expect(verdict).toEqual({ verdict: 'known', durableUpTo: 4, head: batches.at(-1)?.headAfter })
      }
      expect(await wordsOf(deliveries)).toEqual([])
    })

    it('are refused behind a gap', async () => {
      await using store = await open('deliveries-gap')
      const { deliveries } = store
      const first = batchOf(['a'])
      const later = behind(behind(first, ['b']), ['c'])
      expect(await deliveries.accept(later, now)).toEqual({ verdict: 'gap', durableUpTo: 0 })
      await deliveries.accept(first, now)
      expect(await deliveries.accept(later, now)).toEqual({ verdict: 'gap', durableUpTo: 1 })
      expect(await wordsOf(deliveries)).toEqual(['a'])
      await deliveries.accept(behind(first, ['b']), now)
      expect(await deliveries.accept(later, now)).toMatchObject({ verdict: 'taken' })
    })

    it('of an edge that was restored from a copy, or of its twin, are never merged, and end the epoch', async () => {
      for (const [place, words] of [
        ['deliveries-fork-same', ['x', 'y']],
        ['deliveries-fork-longer', ['x', 'y', 'z']],
        ['deliveries-fork-shorter', ['x']],
      ] as const) {
        await using store = await open(place)
        const { deliveries } = store
        const first = batchOf(['a'])
        const second = behind(first, ['b', 'c'])
        for (const batch of [first, second]) await deliveries.accept(batch, now)
        expect(await deliveries.accept(behind(first, words), now)).toMatchObject({ verdict: 'forked' })
        expect(await wordsOf(deliveries)).toEqual(['a', 'b', 'c'])
        expect(await deliveries.accept(behind(second, ['d']), now)).toMatchObject({ verdict: 'forked' })
        expect(await deliveries.accept(second, now)).toMatchObject({ verdict: 'known', durableUpTo: 3 })
      }
    })

    it('that go on by their number, but behind something else, are never merged', async () => {
      await using store = await open('deliveries-fork-before')
      const { deliveries } = store
      await deliveries.accept(batchOf(['a']), now)
      expect(await deliveries.accept(behind(batchOf(['x']), ['b']), now)).toMatchObject({ verdict: 'forked' })
      expect(await wordsOf(deliveries)).toEqual(['a'])
    })

    it('go on in a new epoch, in which nothing is taken in twice', async () => {
      await using store = await open('deliveries-epoch')
      const { deliveries } = store
      const old = batchOf(['a', 'b'])
      await deliveries.accept(old, now)
      const next = batchOf(['b', 'c'], { epoch: 'bb'.repeat(16) })
      expect(await deliveries.accept(next, now + 1)).toMatchObject({
        verdict: 'taken',
        durableUpTo: 2,
        closedEpoch: epoch,
      })
      expect(await wordsOf(deliveries)).toEqual(['a', 'b', 'c'])
      expect(await deliveries.accept(behind(old, ['d']), now)).toMatchObject({ verdict: 'forked' })
      const wrong = batchOf(['e'], { epoch: 'cc'.repeat(16), head: 'dd'.repeat(32) })
      expect(await deliveries.accept(wrong, now)).toMatchObject({ verdict: 'forked' })
      expect((await deliveries.epochs('edge')).map(({ closed }) => closed !== undefined)).toEqual([true, false])
    })

    it('of one edge say nothing of another', async () => {
      await using store = await open('deliveries-edges')
      const { deliveries } = store
      for (const edge of ['one', 'two']) {
        expect(await deliveries.accept(batchOf(['a'], { edge }), now)).toMatchObject({ verdict: 'taken' })
      }
      expect((await deliveries.since(0, 9)).map(({ edge }) => edge)).toEqual(['one', 'two'])
    })

    it('are empty for an edge that only shows where it stands', async () => {
      await using store = await open('deliveries-empty')
      const { deliveries } = store
      expect(await deliveries.accept(batchOf([]), now)).toMatchObject({ verdict: 'taken', durableUpTo: 0 })
      const first = batchOf(['a'])
      await deliveries.accept(first, now)
      expect(await deliveries.accept(behind(first, []), now)).toMatchObject({ verdict: 'known', durableUpTo: 1 })
      // An edge that learns from this that it forgot something notices by itself; the message may just be late.
      expect(await deliveries.accept(batchOf([]), now)).toMatchObject({ verdict: 'known', durableUpTo: 1 })
    })

    it('come in once, of many tries at the same time, through several open stores', async () => {
      await using one = await open('deliveries-race')
      await using two = await open('deliveries-race')
      const batch = batchOf(['a', 'b'])
      const tries = [one, two, one, two].map(({ deliveries }) => deliveries.accept(batch, now))
      const verdicts = (await Promise.all(tries)).map(({ verdict }) => verdict)
      expect(verdicts.filter((verdict) => verdict === 'taken').length).toBe(1)
      expect(verdicts.filter((verdict) => verdict === 'known').length).toBe(3)
      expect(await wordsOf(one.deliveries)).toEqual(['a', 'b'])
    })
  })
}

import { chainHead, chainStart } from '../../store/outbox/chain.ts'
import type { OutboxKind, SealedBatch } from '../../store/outbox/outbox.ts'
import { codeOf, type OutboxTests, type Started } from './outbox.ts'

const kinds: readonly OutboxKind[] = ['telemetry', 'feedback', 'ledger-checkpoint']

function seal({ outbox }: Started, limit = 99, bytes = 1e6): Promise<SealedBatch> {
  return outbox.delivery.seal({ kinds, limit, bytes })
}

/** What a hub answers that has just committed this batch. */
function received(batch: SealedBatch) {
  const { epoch, first, entries } = batch
  return { epoch, sequence: first + entries.length - 1, head: chainHead(batch.head, batch) }
}

function bodies({ entries }: SealedBatch): readonly unknown[] {
  return entries.map(({ body }) => JSON.parse(body))
}

/** How entries are handed over to a hub. */
export function outboxDeliveryConformance({ describe, it, expect, start }: OutboxTests): void {
  describe('the hand-over of an outbox', () => {
    it('counts without gaps from 1, whatever was cancelled in between', async () => {
      await using begun = await start('sealed')
      const { outbox } = begun
      const entries = []
      for (const body of [1, 2, 3, 4]) entries.push(await outbox.enqueue({ kind: 'telemetry', body }))
      await outbox.cancel(entries[1]?.id ?? '', 'x')
      const first = await seal(begun, 2)
      expect(first).toMatchObject({ first: 1, head: chainStart(first.epoch) })
      expect(bodies(first)).toEqual([1, 3])
      await outbox.delivery.acknowledge(received(first))
      const second = await seal(begun, 2)
      expect(second).toMatchObject({ epoch: first.epoch, first: 3, head: received(first).head })
      expect(bodies(second)).toEqual([4])
      await outbox.delivery.acknowledge(received(second))
      expect(await seal(begun)).toMatchObject({ first: 4, entries: [] })
      expect(outbox.status()).toMatchObject({ delivered: 3, waiting: { telemetry: { rows: 0, bytes: 0 } } })
      expect(await outbox.find(entries[0]?.id ?? '')).toBe(undefined)
    })

    it('sends the same again, byte for byte, until it is acknowledged, also after a restart', async () => {
      const begun = await start('sealed-again')
      for (const body of [1, 2]) await begun.outbox.enqueue({ kind: 'telemetry', body })
      const batch = await seal(begun, 2)
      await begun.outbox.enqueue({ kind: 'ledger-checkpoint', body: 'urgent' })
      expect(await seal(begun)).toEqual(batch)
      expect(await begun.outbox.cancel(batch.entries[0]?.id ?? '', 'x')).toMatchObject({ state: 'in_progress' })
      await begun[Symbol.asyncDispose]()
      await using again = await start('sealed-again', { clock: begun.clock })
      await again.outbox.recover()
      expect(await seal(again)).toEqual(batch)
      await again.outbox.delivery.acknowledge(received(batch))
      await again.outbox.delivery.acknowledge(received(batch))
      expect(bodies(await seal(again))).toEqual(['urgent'])
    })

    it('takes no more bytes than asked for, but always one entry, and hands over by rank', async () => {
      await using begun = await start('sealed-bytes')
      await begun.outbox.enqueue({ kind: 'telemetry', body: 'x'.repeat(50) })
      await begun.outbox.enqueue({ kind: 'feedback', body: 'y'.repeat(50) })
      await begun.outbox.enqueue({ kind: 'background-request', body: 'never without its worker' })
      const batch = await seal(begun, 99, 60)
      expect(bodies(batch)).toEqual(['y'.repeat(50)])
    })

    it('keeps the order of a key, across kinds and priorities', async () => {
      await using begun = await start('sealed-order')
      const { outbox } = begun
      await outbox.enqueue({ kind: 'telemetry', body: 'a1', orderingKey: 'a' })
      await outbox.enqueue({ kind: 'ledger-checkpoint', body: 'a2', orderingKey: 'a' })
      await outbox.enqueue({ kind: 'telemetry', body: 'a3', orderingKey: 'a', priority: 5 })
      await outbox.enqueue({ kind: 'telemetry', body: 'b1' })
      const seen: unknown[] = []
      for (let batch = await seal(begun); batch.entries.length > 0; batch = await seal(begun)) {
        seen.push(...bodies(batch))
        await outbox.delivery.acknowledge(received(batch))
      }
      expect(seen.filter((body) => body !== 'b1')).toEqual(['a1', 'a2', 'a3'])
      expect(seen.length).toBe(4)
    })

    it('believes no acknowledgement of what it never sent, or of something else', async () => {
      await using begun = await start('sealed-forked')
      await begun.outbox.enqueue({ kind: 'telemetry', body: 1 })
      const batch = await seal(begun)
      const ahead = { ...received(batch), sequence: 2 }
      expect(await codeOf(() => begun.outbox.delivery.acknowledge(ahead))).toBe('delivery-forked')
      const other = { ...received(batch), head: 'ab'.repeat(32) }
      expect(await codeOf(() => begun.outbox.delivery.acknowledge(other))).toBe('delivery-forked')
      const epoch = { ...received(batch), epoch: 'ab'.repeat(16) }
      expect(await codeOf(() => begun.outbox.delivery.acknowledge(epoch))).toBe('delivery-forked')
      expect(await seal(begun)).toEqual(batch)
    })

    it('begins a new epoch with everything that is not delivered, in its order', async () => {
      await using begun = await start('epoch')
      const { outbox } = begun
      for (const body of [1, 2, 3]) await outbox.enqueue({ kind: 'telemetry', body })
      const first = await seal(begun, 1)
      await outbox.delivery.acknowledge(received(first))
      await seal(begun, 1)
      await outbox.delivery.halt('forked')
      expect(await outbox.delivery.epoch()).toMatchObject({ delivered: 1, halted: 'forked' })
      expect(outbox.status()).toMatchObject({ halted: 'forked' })
      const epoch = await outbox.delivery.beginEpoch()
      expect(epoch === first.epoch).toBe(false)
      expect(await outbox.delivery.epoch()).toEqual({ epoch, delivered: 0, halted: undefined })
      const batch = await seal(begun)
      expect(batch).toMatchObject({ epoch, first: 1, head: chainStart(epoch) })
      expect(bodies(batch)).toEqual([2, 3])
    })

    it('hands nothing new over while it is halted, also after a restart', async () => {
      const begun = await start('halted')
      await begun.outbox.delivery.halt('forked')
      await begun.outbox.enqueue({ kind: 'telemetry', body: 1 })
      expect(bodies(await seal(begun))).toEqual([])
      await begun[Symbol.asyncDispose]()
      await using again = await start('halted', { clock: begun.clock })
      expect(bodies(await seal(again))).toEqual([])
      expect((await again.outbox.delivery.epoch()).halted).toBe('forked')
    })
  })
}

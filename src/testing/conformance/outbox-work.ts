import type { LeasedEntry, OutboxKind } from '../../store/outbox/outbox.ts'
import { createFakeClock, type FakeClock } from '../fake-clock.ts'
import { codeOf, type OutboxTests, type Started } from './outbox.ts'

const leaseMs = 10_000
const all: readonly OutboxKind[] = ['telemetry', 'feedback', 'background-request', 'ledger-checkpoint']

async function take({ outbox }: Started, limit = 99): Promise<readonly LeasedEntry[]> {
  return outbox.lease({ kinds: all, limit, leaseMs })
}

function bodies(entries: readonly { readonly body: unknown }[]): readonly unknown[] {
  return entries.map(({ body }) => body)
}

/** Leases, order, backoff and deadlines. */
export function outboxWorkConformance(tests: OutboxTests): void {
  order(tests)
  leases(tests)
  deadlines(tests)
}

function order({ describe, it, expect, start }: OutboxTests): void {
  describe('the order of an outbox', () => {
    it('is by kind, then by priority, then as they came', async () => {
      await using begun = await start('order')
      const { outbox } = begun
      await outbox.enqueue({ kind: 'telemetry', body: 't1' })
      await outbox.enqueue({ kind: 'background-request', body: 'b1' })
      await outbox.enqueue({ kind: 'background-request', body: 'b2', priority: 1 })
      await outbox.enqueue({ kind: 'ledger-checkpoint', body: 'c1' })
      await outbox.enqueue({ kind: 'telemetry', body: 't2' })
      expect(bodies(await take(begun, 4))).toEqual(['c1', 'b2', 'b1', 't1'])
      expect(bodies(await take(begun))).toEqual(['t2'])
      expect(await outbox.lease({ kinds: ['feedback'], limit: 9, leaseMs })).toEqual([])
    })

    it('gives of one ordering key one at a time, whatever the others do', async () => {
      await using begun = await start('order-key')
      const { outbox } = begun
      for (const body of ['a1', 'a2', 'b1']) {
        const priority = body === 'a2' ? 9 : 0
        await outbox.enqueue({ kind: 'background-request', body, priority, orderingKey: body.slice(0, 1) })
      }
      const [a1, b1] = await take(begun)
      expect(bodies([a1 ?? { body: 0 }, b1 ?? { body: 0 }])).toEqual(['a1', 'b1'])
      expect(await take(begun)).toEqual([])
      await outbox.retry(a1 ?? { id: '', lease: '' }, { reason: 'no luck' })
      expect(await take(begun)).toEqual([])
      await begun.clock.advance(1000)
      expect(bodies(await take(begun))).toEqual(['a1'])
    })
  })
}

function leases({ describe, it, expect, start }: OutboxTests): void {
  describe('a lease', () => {
    it('keeps others away until it runs out; then its holder can do no more', async () => {
      await using begun = await start('lease')
      const { outbox, clock } = begun
      const { id } = await outbox.enqueue({ kind: 'background-request', body: 1 })
      const [first] = await take(begun)
      expect(first).toMatchObject({ id, state: 'in_progress', attempts: 1 })
      await clock.advance(leaseMs - 1)
      expect(await take(begun)).toEqual([])
      await clock.advance(1)
      const [second] = await take(begun)
      expect(second).toMatchObject({ id, attempts: 2, reason: 'its worker was lost' })
      const late = first ?? { id: '', lease: '' }
      expect([await outbox.complete(late), await outbox.fail(late, 'x'), await outbox.extend(late, 9)]).toEqual([
        false,
        false,
        false,
      ])
      expect(await outbox.complete(second ?? late)).toBe(true)
      expect(await outbox.find(id)).toMatchObject({ state: 'delivered', body: undefined })
    })

    it('can be extended', async () => {
      await using begun = await start('lease-extended')
      const { outbox, clock } = begun
      await outbox.enqueue({ kind: 'background-request', body: 1 })
      const [held] = await take(begun)
      await clock.advance(leaseMs - 1)
      expect(await outbox.extend(held ?? { id: '', lease: '' }, leaseMs)).toBe(true)
      await clock.advance(leaseMs - 1)
      expect(await take(begun)).toEqual([])
    })

    it('ends with the run of the program: what it held is free at the next start, what was acknowledged is not', async () => {
      const held = await (async () => {
        await using begun = await start('recover')
        for (const body of [1, 2]) await begun.outbox.enqueue({ kind: 'background-request', body })
        const [one] = await take(begun)
        await begun.outbox.complete(one ?? { id: '', lease: '' })
        return { clock: begun.clock }
      })()
      await using again = await start('recover', held)
      expect(await again.outbox.recover()).toBe(1)
      expect(bodies(await take(again))).toEqual([2])
    })

    it('given back is due again after a random part of a time that doubles, or when it was asked for', async () => {
      await using begun = await start('backoff')
      const { outbox, clock } = begun
      await outbox.enqueue({ kind: 'background-request', body: 1 })
      const waits: number[] = []
      for (let attempt = 1; attempt <= 4; attempt += 1) {
        const [held] = await take(begun)
        const given = held ?? { id: '', lease: '' }
        await outbox.retry(given, attempt === 4 ? { reason: 'busy', afterMs: 60_000 } : { reason: 'down' })
        const { dueAt = 0, reason } = (await outbox.find(given.id)) ?? {}
        waits.push(dueAt - clock.now())
        expect(reason).toBe(attempt === 4 ? 'busy' : 'down')
        await clock.advance(dueAt - clock.now())
      }
      // The random number of these tests is one half.
      expect(waits).toEqual([500, 1000, 2000, 60_000])
    })

    it('does not save an entry from being cancelled', async () => {
      await using begun = await start('cancel')
      const { outbox } = begun
      const { id } = await outbox.enqueue({ kind: 'background-request', body: 1 })
      const [held] = await take(begun)
      expect(await outbox.cancel(id, 'by the caller')).toMatchObject({ state: 'cancelled', reason: 'by the caller' })
      expect(await outbox.complete(held ?? { id, lease: '' })).toBe(false)
      expect(await outbox.cancel(id, 'again')).toMatchObject({ state: 'cancelled', reason: 'by the caller' })
      expect(await outbox.cancel('out-99-000000000000000000000000', 'x')).toBe(undefined)
    })
  })
}

function deadlines({ describe, it, expect, start }: OutboxTests): void {
  const day = 86_400_000
  const dated = { kind: 'background-request', body: 1, deadlineMs: 3_600_000 } as const
  /** Time that passes while the power is off. */
  const later = (clock: FakeClock, ms: number): FakeClock => ({ ...clock, now: () => clock.now() + ms })

  describe('a deadline', () => {
    it('counts wall time, time without power included, and ends in a visible failure', async () => {
      const begun = await start('deadline')
      const { id } = await begun.outbox.enqueue(dated)
      const { id: undated } = await begun.outbox.enqueue({ kind: 'telemetry', body: 2 })
      await begun[Symbol.asyncDispose]()
      await using again = await start('deadline', { clock: later(begun.clock, 3_600_000) })
      expect(bodies(await take(again))).toEqual([2])
      expect(await again.outbox.find(id)).toMatchObject({ state: 'failed', reason: 'deadline', body: undefined })
      expect(await again.outbox.unfortunate(9)).toMatchObject([{ id, reason: 'deadline' }])
      expect(await again.outbox.find(undated)).toMatchObject({ state: 'in_progress' })
      expect(again.outbox.status()).toMatchObject({ failed: 1 })
    })

    it('is not reached by a clock that is set ten years ahead, nor put off by one that is set back', async () => {
      let wrongMs = 0
      const base = createFakeClock()
      const clock: FakeClock = { ...base, now: () => base.now() + wrongMs }
      await using begun = await start('deadline-clock', { clock })
      const { id } = await begun.outbox.enqueue(dated)
      wrongMs = 3650 * day
      expect(await begun.outbox.expire()).toEqual([])
      wrongMs = -3650 * day
      expect(await begun.outbox.expire()).toEqual([])
      await base.advance(3_600_000)
      expect(await begun.outbox.expire()).toMatchObject([{ id, reason: 'deadline' }])
    })

    it('counts the hours that a machine slept', async () => {
      let sleptMs = 0
      const base = createFakeClock()
      await using begun = await start('deadline-sleep', { clock: { ...base, now: () => base.now() + sleptMs } })
      const { id } = await begun.outbox.enqueue(dated)
      sleptMs = 3 * 3_600_000
      expect(await begun.outbox.expire()).toMatchObject([{ id, state: 'failed' }])
    })

    it('of nothing at all never comes', async () => {
      await using begun = await start('deadline-none')
      await begun.outbox.enqueue({ kind: 'telemetry', body: 1 })
      await begun.clock.advance(6 * day)
      expect(await begun.outbox.expire()).toEqual([])
      expect(bodies(await take(begun))).toEqual([1])
      expect(await codeOf(() => begun.outbox.expire())).toBe('none')
    })
  })
}

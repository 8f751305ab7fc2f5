import type { Clock, Random } from '../../spec/ports.ts'
import type { OutboxLimits } from '../../store/outbox/outbox.ts'
import type { EdgeStore } from '../../store/store.ts'
import { createFakeClock, type FakeClock } from '../fake-clock.ts'
import { outboxDeliveryConformance } from './outbox-delivery.ts'
import { outboxWorkConformance } from './outbox-work.ts'
import type { TestRunner } from './test-runner.ts'

export interface OpenOutboxOptions {
  readonly clock: Clock
  readonly random: Random
  readonly limits?: OutboxLimits
}

export interface OutboxConformanceOptions extends TestRunner {
  /** Opens the store of one test; the same `place` gives the same store again after it was disposed of. */
  open(place: string, options: OpenOutboxOptions): Promise<EdgeStore>
}

/** What the tests of one part need. */
export interface OutboxTests extends TestRunner {
  /** An empty store, with the clock that it goes by; the same place gives the same store again. */
  start(place: string, options?: { readonly clock?: FakeClock; readonly limits?: OutboxLimits }): Promise<Started>
}

export interface Started extends AsyncDisposable {
  readonly store: EdgeStore
  readonly outbox: EdgeStore['outbox']
  readonly clock: FakeClock
}

/** The code of what `act` throws; `none` when it does not. */
export async function codeOf(act: () => Promise<unknown>): Promise<string> {
  return act().then(
    () => 'none',
    (error: { code: string }) => error.code,
  )
}

/** What every outbox promises. Call it in the test file of an implementation. */
export function outboxConformance({ open, ...runner }: OutboxConformanceOptions): void {
  const tests: OutboxTests = {
    ...runner,
    async start(place, { clock = createFakeClock(), limits } = {}) {
      const store = await open(place, { clock, random: () => 0.5, ...(limits === undefined ? {} : { limits }) })
      return { store, outbox: store.outbox, clock, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() }
    },
  }
  takingIn(tests)
  room(tests)
  outboxWorkConformance(tests)
  outboxDeliveryConformance(tests)
}

function takingIn({ describe, it, expect, start }: OutboxTests): void {
  describe('what an outbox takes in', () => {
    it('is there after a restart, as it was', async () => {
      const body = { text: `"' \u0000 \ud800 é 😀`, list: [1, null] }
      const { id, clock } = await (async () => {
        await using begun = await start('kept')
        return { ...(await begun.outbox.enqueue({ kind: 'feedback', body })), clock: begun.clock }
      })()
      await using again = await start('kept', { clock })
      expect(await again.outbox.find(id)).toMatchObject({ id, kind: 'feedback', state: 'queued', attempts: 0, body })
      expect(await again.outbox.find('out-1-000000000000000000000000')).toBe(undefined)
    })

    it('is one entry for one idempotency key, also after it is finished', async () => {
      await using begun = await start('key')
      const wish = { kind: 'background-request', body: { q: 1 }, idempotencyKey: 'k' } as const
      const tries = await Promise.all([begun.outbox.enqueue(wish), begun.outbox.enqueue(wish)])
      expect(tries[0]?.id).toBe(tries[1]?.id)
      await begun.outbox.cancel(tries[0]?.id ?? '', 'enough')
      expect(await begun.outbox.enqueue(wish)).toMatchObject({ id: tries[0]?.id, state: 'cancelled', reason: 'enough' })
      expect(await begun.outbox.findByKey('k')).toMatchObject({ id: tries[0]?.id })
    })

    it('is refused when its idempotency key belongs to something else', async () => {
      await using begun = await start('key-mismatch')
      await begun.outbox.enqueue({ kind: 'feedback', body: 1, idempotencyKey: 'k' })
      const other = () => begun.outbox.enqueue({ kind: 'feedback', body: 2, idempotencyKey: 'k' })
      expect(await codeOf(other)).toBe('idempotency-mismatch')
      const kind = () => begun.outbox.enqueue({ kind: 'telemetry', body: 1, idempotencyKey: 'k' })
      expect(await codeOf(kind)).toBe('idempotency-mismatch')
    })

    it('is on disk together with its effect, or neither is', async () => {
      await using begun = await start('transaction')
      const { store, outbox } = begun
      const id = 'resp'
      const save = (body: unknown) => ({ id, keyId: 'k', conversation: 'c', previousId: undefined, body, input: [] })
      const failing = () =>
        store.transaction((writes) => {
          writes.outbox.enqueue({ kind: 'telemetry', body: 1 })
          writes.responses.save(save('first'))
          throw new Error('no')
        })
      expect(await codeOf(failing)).toBe('store-failed')
      expect(outbox.status().waiting.telemetry).toEqual({ rows: 0, bytes: 0 })
      expect(await store.responses.find(id, 'k')).toBe(undefined)
      const kept = await store.transaction((writes) => {
        writes.responses.save(save('second'))
        return writes.outbox.enqueue({ kind: 'telemetry', body: 1 })
      })
      expect(await outbox.find(kept.id)).toMatchObject({ state: 'queued' })
      expect(await store.responses.find(id, 'k')).toMatchObject({ body: 'second' })
    })

    it('tells whoever listens, once it is on disk', async () => {
      await using begun = await start('listen')
      let told = 0
      const stop = begun.outbox.onEnqueue(() => {
        told += 1
      })
      await begun.outbox.enqueue({ kind: 'telemetry', body: 1 })
      expect(told).toBe(1)
      stop()
      await begun.outbox.enqueue({ kind: 'telemetry', body: 1 })
      expect(told).toBe(1)
    })
  })
}

function room({ describe, it, expect, start }: OutboxTests): void {
  const limits = { rows: 10, bytes: 1000, entryBytes: 400 }
  const telemetry = (body: unknown = 1) => ({ kind: 'telemetry', body }) as const

  describe('an outbox that is full', () => {
    it('refuses the new entry and keeps the old ones, with room left for what matters more', async () => {
      await using begun = await start('full', { limits })
      const { outbox } = begun
      for (let index = 0; index < 8; index += 1) await outbox.enqueue(telemetry(index))
      expect(await codeOf(() => outbox.enqueue(telemetry()))).toBe('queue-full')
      await outbox.enqueue({ kind: 'feedback', body: 1 })
      expect(await codeOf(() => outbox.enqueue({ kind: 'feedback', body: 1 }))).toBe('queue-full')
      await outbox.enqueue({ kind: 'background-request', body: 1 })
      expect(await codeOf(() => outbox.enqueue({ kind: 'ledger-checkpoint', body: 1 }))).toBe('queue-full')
      expect(outbox.status()).toMatchObject({ refused: 3, waiting: { telemetry: { rows: 8, bytes: 8 } } })
    })

    it('counts bytes too, and one entry may not be too large', async () => {
      await using begun = await start('full-bytes', { limits })
      const { outbox } = begun
      expect(await codeOf(() => outbox.enqueue(telemetry('x'.repeat(399))))).toBe('body-too-large')
      await outbox.enqueue(telemetry('x'.repeat(398)))
      await outbox.enqueue(telemetry('x'.repeat(300)))
      expect(await codeOf(() => outbox.enqueue(telemetry('x'.repeat(200))))).toBe('queue-full')
    })

    it('refuses some of a group that comes at once, and takes the others', async () => {
      await using begun = await start('full-group', { limits })
      const tries = Array.from({ length: 12 }, (_, index) => codeOf(() => begun.outbox.enqueue(telemetry(index))))
      const codes = await Promise.all(tries)
      expect(codes.filter((code) => code === 'none').length).toBe(8)
      expect(codes.filter((code) => code === 'queue-full').length).toBe(4)
      expect(begun.outbox.status().waiting.telemetry.rows).toBe(8)
    })

    it('has room again when something is finished', async () => {
      await using begun = await start('full-again', { limits })
      const { outbox } = begun
      const entries = []
      for (let index = 0; index < 8; index += 1) entries.push(await outbox.enqueue(telemetry(index)))
      await outbox.cancel(entries[0]?.id ?? '', 'not wanted')
      await outbox.enqueue(telemetry())
      expect(await codeOf(() => outbox.enqueue(telemetry()))).toBe('queue-full')
    })
  })
}

import type { Decision } from '../../spec/decision.ts'
import type { Store } from '../../store/store.ts'
import { hubStoreConformance } from './hub-store.ts'
import type { TestRunner } from './test-runner.ts'

export interface StoreConformanceOptions extends TestRunner {
  /** Opens the store of one test; the same `place` gives the same store again after it was disposed of. */
  open(place: string): Promise<Store>
}

/** A decision with the least that a decision has. */
export function someDecision(requestId: string, changes: Partial<Decision> = {}): Decision {
  return {
    requestId,
    startedAt: '2026-01-01T00:00:00.000Z',
    keyId: 'key',
    conversation: 'conversation',
    requestedModel: 'auto',
    stream: false,
    plan: undefined,
    steps: [{ atMs: 1, placement: 'local', model: 'tiny', reason: 'prefer-edge' }],
    outcome: 'answered',
    totalMs: 12.5,
    sent: { bytes: 0, disclosed: 'nothing', destinations: [] },
    ...changes,
  }
}

/** What every store promises. Call it in the test file of an implementation. */
export function storeConformance({ describe, it, expect, open }: StoreConformanceOptions): void {
  describe('the decisions of a store', () => {
    it('are found at once, before and after they are written', async () => {
      await using store = await open('decisions-found')
      const decision = someDecision('a', { finishReason: 'stop', usage: { promptTokens: 3, completionTokens: 2 } })
      store.decisions.save(decision)
      expect(await store.decisions.find('a')).toEqual(decision)
      await store.decisions.flush()
      expect(await store.decisions.find('a')).toMatchObject({ requestId: 'a', finishReason: 'stop' })
      expect(await store.decisions.find('b')).toBe(undefined)
    })

    it('come newest first, and survive a restart', async () => {
      {
        await using store = await open('decisions-recent')
        for (const id of ['a', 'b', 'c']) store.decisions.save(someDecision(id))
        expect(idsOf(await store.decisions.recent(2))).toEqual(['c', 'b'])
        store.decisions.save(someDecision('d'))
      }
      await using again = await open('decisions-recent')
      expect(idsOf(await again.decisions.recent(9))).toEqual(['d', 'c', 'b', 'a'])
    })

    it('are replaced by a later one of the same request', async () => {
      await using store = await open('decisions-replaced')
      store.decisions.save(someDecision('a'))
      store.decisions.save(someDecision('b'))
      await store.decisions.flush()
      store.decisions.save(someDecision('a', { outcome: 'failed' }))
      expect(idsOf(await store.decisions.recent(9))).toEqual(['a', 'b'])
      expect(await store.decisions.find('a')).toMatchObject({ outcome: 'failed' })
    })

    it('may hold any text, be it quotes, lone surrogates or NUL', async () => {
      await using store = await open('decisions-text')
      const model = `x'"; DROP TABLE decisions; -- \u0000 \ud800 é 😀`
      store.decisions.save(someDecision('a', { requestedModel: model }))
      await store.decisions.flush()
      expect(await store.decisions.find('a')).toMatchObject({ requestedModel: model })
    })
  })

  describe('the keys of a store', () => {
    it('are found by their digest and by nothing else', async () => {
      await using store = await open('keys')
      await store.keys.add({ id: 'first', name: 'the scanner', digest: 'd1' })
      expect(await store.keys.findByDigest('d1')).toMatchObject({ id: 'first', name: 'the scanner', digest: 'd1' })
      expect(await store.keys.findByDigest('d2')).toBe(undefined)
      expect(await store.keys.findByDigest("' OR 1=1 --")).toBe(undefined)
    })
  })

  hubStoreConformance({ describe, it, expect, open })
}

function idsOf(decisions: readonly Decision[]): readonly string[] {
  return decisions.map((decision) => decision.requestId)
}

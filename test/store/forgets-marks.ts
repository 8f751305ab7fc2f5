import type { ExpectStatic } from 'vitest'
import type { HubStore } from '../../src/store/store.ts'
import { batchOf, behind } from '../../src/testing/conformance/deliveries.ts'
import type { FakeClock } from '../../src/testing/fake-clock.ts'

export interface ForgetsMarksOptions {
  readonly expect: ExpectStatic
  readonly store: HubStore
  readonly clock: FakeClock
  /** Epochs of the marks of batches, in order. */
  readonly marks: () => Promise<readonly string[]>
}

/** Checks what a hub remembers of an epoch that was over 90 days ago, and of the one that goes on. */
export async function forgetsMarks({ expect, store, clock, marks }: ForgetsMarksOptions): Promise<void> {
  const { deliveries, housekeeping } = store
  const { signal } = new AbortController()
  const first = batchOf(['a'], { epoch: 'a'.repeat(32) })
  const second = behind(first, ['b'])
  const other = batchOf(['c'], { epoch: 'b'.repeat(32) })
  for (const batch of [first, second, other]) await deliveries.accept(batch, clock.now())
  await housekeeping.run(signal)
  expect(await marks()).toEqual([first.epoch, first.epoch, other.epoch])
  expect(await deliveries.accept(first, clock.now())).toMatchObject({ verdict: 'known' })
  await clock.advance(90 * 86_400_000 + 1)
  await housekeeping.run(signal)
  expect(await marks()).toEqual([other.epoch])
  expect(await deliveries.accept(first, clock.now())).toMatchObject({ verdict: 'forked' })
  expect(await deliveries.accept(second, clock.now())).toMatchObject({ verdict: 'known', durableUpTo: 2 })
  expect(await deliveries.accept(other, clock.now())).toMatchObject({ verdict: 'known' })
  expect(await deliveries.accept(behind(other, ['d']), clock.now())).toMatchObject({ verdict: 'taken' })
}

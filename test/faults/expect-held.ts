import { expect } from 'vitest'
import type { FaultResult } from './fault.ts'

/** Fails the test with what was lost or came twice, or with what the run says of itself; also when nothing was done at all. */
export function expectHeld({ injected, acknowledged, lost, duplicated, failure }: FaultResult): void {
  expect({ lost, duplicated, failure }).toEqual({ lost: 0, duplicated: 0, failure: undefined })
  expect(injected).toBeGreaterThan(0)
  expect(acknowledged).toBeGreaterThan(0)
}

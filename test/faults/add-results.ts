import type { FaultResult } from './fault.ts'

export const nothingYet: FaultResult = { injected: 0, acknowledged: 0, lost: 0, duplicated: 0 }

/** Both runs together. */
export function addResults(a: FaultResult, b: FaultResult): FaultResult {
  const failure = a.failure ?? b.failure
  return {
    injected: a.injected + b.injected,
    acknowledged: a.acknowledged + b.acknowledged,
    lost: a.lost + b.lost,
    duplicated: a.duplicated + b.duplicated,
    notes: [...(a.notes ?? []), ...(b.notes ?? [])],
    ...(failure !== undefined && { failure }),
  }
}

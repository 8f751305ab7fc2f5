import { type Fault, type FaultResult, holds } from './fault.ts'

export interface FaultRow {
  readonly fault: Fault
  readonly result?: FaultResult
  /** Why it did not run. */
  readonly skipped?: string
  readonly seconds: number
}

/** The table of a run, then the notes of its rows. */
export function tellResults(rows: readonly FaultRow[]): string {
  const width = Math.max(5, ...rows.map(({ fault }) => fault.name.length))
  const head = `${'fault'.padEnd(width)}  ${['injected', 'acknowledged', 'lost', 'duplicated', 'seconds'].map((word) => word.padStart(12)).join('  ')}`
  const lines = rows.map(({ fault, result, skipped, seconds }) => {
    const name = fault.name.padEnd(width)
    if (result === undefined) return `${name}  skipped: ${skipped}`
    const { injected, acknowledged, lost, duplicated } = result
    const cells = [injected, acknowledged, lost, duplicated, seconds.toFixed(1)].map((cell) =>
      String(cell).padStart(12),
    )
    return `${name}  ${cells.join('  ')}${holds(result) ? '' : '   FAILED'}`
  })
  const notes = rows.flatMap(({ fault, result }) =>
    [...(result?.notes ?? []), ...(result?.failure === undefined ? [] : [`FAILED: ${result.failure}`])].map(
      (note) => `${fault.name}: ${note}`,
    ),
  )
  return [head, ...lines, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')
}

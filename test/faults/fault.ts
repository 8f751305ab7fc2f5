/** What one run of a fault did and what came of it. All four columns of the table are counts. */
export interface FaultResult {
  /** Faults that really happened: kills, cuts, refusals, changed bytes. */
  readonly injected: number
  /** Promises that were made to somebody before or while they happened. */
  readonly acknowledged: number
  /** Promises not kept. */
  readonly lost: number
  /** Promises kept twice in effect. */
  readonly duplicated: number
  /** Lines for a person, printed under the table. */
  readonly notes?: readonly string[]
  /** Why the run proves nothing, or what else went wrong; the run has failed. */
  readonly failure?: string
}

export interface FaultContext {
  /** The long form. */
  readonly full: boolean
  /** The same seed makes the same choices. */
  readonly seed: number
  /** A line of progress. */
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/** One member of the harness: `npm run faults -- NAME`. A new one is a file that exports a Fault and a line in all-faults.ts. */
export interface Fault {
  readonly name: string
  readonly summary: string
  /** What this machine lacks for it, as a sentence; undefined when it can run. */
  missing?(): string | undefined
  run(context: FaultContext): Promise<FaultResult>
}

/** True when nothing acknowledged was lost, nothing came twice and nothing else failed. */
export function holds({ lost, duplicated, failure }: FaultResult): boolean {
  return lost === 0 && duplicated === 0 && failure === undefined
}

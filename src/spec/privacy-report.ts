import type { PrivacyAction } from './privacy-policy.ts'

/** What the guard found in a request and did about it. Counts only, never a word of the text. */
export interface PrivacyReport {
  readonly mode: 'enforce' | 'observe'
  /** Findings by kind of data, such as `PERSON: 2`. */
  readonly findings: Readonly<Record<string, number>>
  /** What was done with how many of them; under observe: what would have been done. */
  readonly actions: Readonly<Partial<Record<PrivacyAction, number>>>
  /** Time in the guard. */
  readonly tookMs: number
  /** Why the request stayed at the edge, or under observe would have stayed. */
  readonly keptBecause?: string
}

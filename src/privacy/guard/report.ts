import type { PrivacyReport } from '../../spec/privacy-report.ts'
import type { Inspection } from './inspect-request.ts'

/** What a decision tells of an inspection: counts, no text. */
export function reportOf(
  { findings, actions, refusal }: Inspection,
  mode: PrivacyReport['mode'],
  tookMs: number,
): PrivacyReport {
  return { mode, findings, actions, tookMs, ...(refusal === undefined ? {} : { keptBecause: refusal.because }) }
}

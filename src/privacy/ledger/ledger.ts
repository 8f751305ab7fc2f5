import type { ErrorCode } from '../../spec/errors.ts'
import type { PlacementKind } from '../../spec/plan.ts'
import type { DataClass, Outbound } from '../../spec/ports.ts'
import type { PrivacyReport } from '../../spec/privacy-report.ts'

/** What the edge knows of a request that egress cannot see. No content, only counts and names of this program. */
export interface SendFacts {
  readonly placement?: PlacementKind
  /** Digest of the policy in force. */
  readonly policy?: string
  /** Which detectors looked for personal data. */
  readonly detector?: string
  readonly report?: Pick<PrivacyReport, 'findings' | 'actions'>
}

/** A send, whether or not any of it leaves. Times are milliseconds. */
interface Notice {
  /** Wall clock. */
  readonly at: number
  readonly mono: number
  /** Origin of the destination. */
  readonly to: string
  readonly purpose: Outbound['purpose']
  readonly dataClass: DataClass
  readonly requestId?: string
}

/** A send whose bytes are ready to leave, exactly these, head before body. */
export interface SendNotice extends Notice {
  /** SHA-256 of the public key in the server's certificate (SPKI), hexadecimal; absent without TLS. */
  readonly spki?: string
  readonly head: Uint8Array
  readonly body: Uint8Array
  readonly facts?: SendFacts
}

/** Of a send nothing left. */
export interface UnsentNotice extends Notice {
  readonly code: ErrorCode
}

/** How a send ended that was recorded under the number `of`. */
export interface EndNotice {
  readonly of: number
  readonly at: number
  readonly mono: number
  /** The most that can have left. */
  readonly bytes: number
  readonly status?: number
  /** Absent: it was answered to the end, or the reader had enough. */
  readonly code?: ErrorCode
}

export interface LedgerStats {
  readonly entries: number
  /** Size of all its files. */
  readonly bytes: number
  /** Why nothing can be recorded now, so that nothing may leave. */
  readonly failure?: string
}

/** The record of what left this machine, without its content. */
export interface Ledger extends AsyncDisposable {
  /** Resolves to the number of the entry once it is safely on disk; only then may the bytes leave. Rejects with `ledger-failed`. */
  send(notice: SendNotice): Promise<number>
  /** Recorded soon; a send whose end is missing reads as interrupted, at most all of its bytes. */
  end(notice: EndNotice): void
  /** Recorded soon. */
  unsent(notice: UnsentNotice): void
  stats(): LedgerStats
}

import type { Settings } from '../settings.ts'

export interface CheckContext {
  readonly settings: Settings
  readonly signal: AbortSignal
}

/** What a check found. `fix` says what to do about it, and is there unless all is well. */
export interface Finding {
  readonly verdict: 'ok' | 'warn' | 'fail'
  readonly subject: string
  readonly what: string
  readonly fix?: string
}

/** One thing that `edgewise doctor` looks at. Changes nothing, and throws only when the check itself is at fault. */
export type Check = (context: CheckContext) => Promise<Finding>

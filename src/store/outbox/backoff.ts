import type { Random } from '../../spec/ports.ts'

export interface BackoffOptions {
  /** How often it has failed, from 1. */
  readonly failures: number
  readonly baseMs: number
  readonly mostMs: number
  readonly random: Random
}

/** Full jitter: anything from 0 to a limit that doubles with every failure, so that many that fail together do not come back together. Milliseconds. */
export function fullJitter({ failures, baseMs, mostMs, random }: BackoffOptions): number {
  return Math.floor(random() * Math.min(mostMs, baseMs * 2 ** Math.min(failures - 1, 40)))
}

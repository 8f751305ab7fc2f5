import { writeSync } from 'node:fs'

/** The pipe on which a writer process tells what it promised. */
export const acknowledgementPipe = 3

/**
 * Tells the process that started this one that `key` is safe. Call it only after whatever makes it safe has returned: a key told here and
 * not found after a kill counts as lost. Written at once, so that it outlives the process.
 */
export function acknowledge(key: string): void {
  writeSync(acknowledgementPipe, `${key}\n`)
}

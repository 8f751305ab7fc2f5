import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** Folder of the public data sets: EDGEWISE_DATA, or `shared/data` beside the checkout. */
const folder = process.env.EDGEWISE_DATA ?? join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'data')

/** Path within the data folder, or undefined when this set is not there. */
export function sharedData(...path: readonly string[]): string | undefined {
  const full = join(folder, ...path)
  return existsSync(full) ? full : undefined
}

/** A text file, unpacked when its name ends in .gz. */
export function readPacked(path: string): string {
  const bytes = readFileSync(path)
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
}

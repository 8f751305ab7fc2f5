import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** Folder of the installed package (or of the checkout): holds `models/`, `bin/` and the JSON Schema of the settings. */
export const packageRoot = join(import.meta.dirname, '..', '..')

/** Version of the installed package, as its package.json gives it. */
export function packageVersion(): string {
  const text = readFileSync(join(packageRoot, 'package.json'), 'utf8')
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version
}

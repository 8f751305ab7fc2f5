import { readFile, realpath } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { EdgewiseError } from '../../spec/errors.ts'

const name = 'node-llama-cpp'
const manifest = z.looseObject({ version: z.string(), main: z.string() })

/** Where node-llama-cpp is installed. */
export interface FoundLlamaLibrary {
  /** URL of its entry. */
  readonly entry: string
  /** The `node_modules` that holds it and what it needs. */
  readonly modules: string
  readonly version: string
}

/**
 * Finds node-llama-cpp, in `modules` (a `node_modules` folder) or wherever this package would import it from. Throws `engine-unavailable`
 * that says how to install it: it is an optional peer.
 */
export async function findLlamaLibrary(modules?: string): Promise<FoundLlamaLibrary> {
  const places = modules === undefined ? (createRequire(import.meta.filename).resolve.paths(name) ?? []) : [modules]
  for (const place of places) {
    const found = await lookIn(place)
    if (found !== undefined) return found
  }
  throw new EdgewiseError(
    'engine-unavailable',
    'A .gguf model needs node-llama-cpp, which is not installed: npm install node-llama-cpp',
  )
}

async function lookIn(place: string): Promise<FoundLlamaLibrary | undefined> {
  try {
    const folder = await realpath(join(place, name))
    const { main, version } = manifest.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')))
    const segments = folder.split(sep)
    const outermost = segments.slice(0, segments.indexOf('node_modules') + 1).join(sep)
    return { entry: pathToFileURL(join(folder, main)).href, modules: outermost, version }
  } catch {
    return undefined
  }
}

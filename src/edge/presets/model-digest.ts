import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { CalibratedModel } from '../../routers/calibration.ts'
import type { ModelManifest } from '../../spec/model-manifest.ts'

/**
 * Names exactly the weights that a manifest would load: SHA-256 over its graph, what lies beside that under the graph's name (external
 * data) and the tokenizer. Reads these files whole.
 */
export async function calibratedModel({ id, folder, variants: [variant] }: ModelManifest): Promise<CalibratedModel> {
  const path = variant?.path ?? ''
  const graph = basename(path)
  const beside = (await readdir(join(folder, dirname(path)))).filter((name) => name.startsWith(graph))
  const hash = createHash('sha256')
  for (const name of [...beside.toSorted().map((file) => join(dirname(path), file)), 'tokenizer.json']) {
    hash.update(`${name.replaceAll('\\', '/')}\0`)
    for await (const piece of createReadStream(join(folder, name))) hash.update(piece)
  }
  return { id, variant: variant?.name ?? '', digest: hash.digest('hex') }
}

/** Names exactly the weights in a GGUF file: SHA-256 of the file, which is read whole. */
export async function calibratedGguf(path: string): Promise<CalibratedModel> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece)
  return { id: basename(path).replace(/\.gguf$/i, ''), variant: 'gguf', digest: hash.digest('hex') }
}

import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readModelFolder } from '../../model-store/folder.ts'
import type { ModelManifest } from '../../spec/model-manifest.ts'

/** Copies a model so that no token ends its answers: each has as many tokens as were asked for. */
export async function endlessCopy(folder: string, into: string): Promise<ModelManifest> {
  await cp(folder, into, { recursive: true })
  const path = join(into, 'tokenizer_config.json')
  const { eos_token: _, ...config } = JSON.parse(await readFile(path, 'utf8')) as { eos_token?: unknown }
  await writeFile(path, JSON.stringify(config))
  return { ...(await readModelFolder({ folder: into })), eosTokenIds: [] }
}

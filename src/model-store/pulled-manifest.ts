import { randomUUID } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { EdgewiseError } from '../spec/errors.ts'
import { isName, isRevision, isVariant } from './model-reference.ts'
import { isSafePath } from './safe-path.ts'
import { syncFolder } from './sync-folder.ts'

/** More than any model of the hub has; nothing is allocated by these. */
const mostFiles = 1000
const largestFileBytes = 2 ** 43

/** File in a pulled model's folder that says where it came from. */
export const pulledManifestName = 'edgewise-model.json'

const fileSchema = z.strictObject({
  path: z.string().refine((path) => isSafePath(path) && path !== pulledManifestName, 'is no plain relative path'),
  bytes: z.int().min(0).max(largestFileBytes),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

/** Where a model came from and what it consists of, in the order of its paths. */
export const pulledManifestSchema = z.strictObject({
  format: z.literal(1),
  org: z.string().refine(isName, 'is no name'),
  name: z.string().refine(isName, 'is no name'),
  /** As it was asked for: a branch may have moved since. */
  revision: z.string().refine(isRevision, 'is no revision'),
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  /** Quantisation, by the hub's name of it. */
  variant: z.string().refine(isVariant, 'is no name').optional(),
  /** True when the variant was asked for by name, and so is part of the folder's name. */
  named: z.boolean(),
  /** Origin of the hub. */
  source: z.string().max(300),
  pulledAt: z.iso.datetime(),
  files: z
    .array(fileSchema)
    .min(1)
    .max(mostFiles)
    .refine((files) => new Set(files.map(({ path }) => path.toLowerCase())).size === files.length, 'has a path twice'),
})

export type PulledManifest = z.infer<typeof pulledManifestSchema>
export type PulledFile = PulledManifest['files'][number]

/** Name of the folder of a pulled model, below the folder of all models. */
export function pulledFolderName({
  org,
  name,
  commit,
  variant,
  named,
}: Pick<PulledManifest, 'org' | 'name' | 'commit' | 'variant' | 'named'>): string {
  return `${org}--${name}@${commit.slice(0, 12)}${named && variant !== undefined ? `--${variant}` : ''}`
}

/** The .gguf file to load, the first of several; undefined for a model of another kind. */
export function ggufOf({ files }: PulledManifest): string | undefined {
  return files
    .map(({ path }) => path)
    .toSorted()
    .find((path) => path.endsWith('.gguf'))
}

/** Undefined for a folder that was not pulled. Throws `model-invalid` when its manifest is damaged. */
export async function readPulledManifest(folder: string): Promise<PulledManifest | undefined> {
  const path = join(folder, pulledManifestName)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined
    throw new EdgewiseError('model-invalid', `${path} cannot be read: ${(cause as Error).message}`, { cause })
  }
  try {
    return pulledManifestSchema.parse(JSON.parse(text))
  } catch (cause) {
    const what = cause instanceof z.ZodError ? z.prettifyError(cause) : 'it is no JSON'
    throw new EdgewiseError('model-invalid', `${path} is damaged: ${what}. Remove the model and pull it again.`, {
      cause,
    })
  }
}

/** Writes the manifest into a folder, or over the one there, safely on disk when this resolves. */
export async function writePulledManifest(folder: string, manifest: PulledManifest): Promise<void> {
  const path = join(folder, pulledManifestName)
  const draft = `${path}.${randomUUID()}`
  {
    await using file = await open(draft, 'wx', 0o600)
    await file.writeFile(`${JSON.stringify(manifest, undefined, 2)}\n`)
    await file.sync()
  }
  await rename(draft, path)
  await syncFolder(folder)
}

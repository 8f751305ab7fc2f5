import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { asEdgewiseError, type EdgewiseError } from '../spec/errors.ts'
import type { ModelReference } from './model-reference.ts'
import { type PulledManifest, pulledFolderName, readPulledManifest } from './pulled-manifest.ts'

/** A model in the store, whole. */
export interface PulledModel {
  readonly folder: string
  readonly manifest: PulledManifest
}

/** A folder of the store whose manifest cannot be read. */
export interface DamagedModel {
  readonly folder: string
  readonly problem: EdgewiseError
}

/** Folder of all pulled models, below the state folder. */
export function modelsFolderOf(stateFolder: string): string {
  return join(stateFolder, 'models')
}

/** Folder of what is being fetched, on the same disk. */
export function partialsFolderOf(modelsFolder: string): string {
  return join(modelsFolder, '.partial')
}

/** Everything in the store, by name; an absent store is empty. */
export async function listPulledModels(modelsFolder: string): Promise<readonly (PulledModel | DamagedModel)[]> {
  const names = (await readdir(modelsFolder).catch(() => [])).filter((name) => /^\w[\w.-]*--[\w.-]+@/.test(name))
  const found = await Promise.all(
    names.toSorted().map(async (name) => {
      const folder = join(modelsFolder, name)
      try {
        const manifest = await readPulledManifest(folder)
        return manifest === undefined || pulledFolderName(manifest) !== name ? [] : [{ folder, manifest }]
      } catch (thrown) {
        return [{ folder, problem: asEdgewiseError(thrown, 'model-invalid') }]
      }
    }),
  )
  return found.flat()
}

/**
 * The pulled model that a reference means, without any network; undefined when there is none. A branch means the state in which it was
 * pulled last. Of several variants a reference without one means the one pulled last.
 */
export async function findPulledModel(
  modelsFolder: string,
  reference: ModelReference,
): Promise<PulledModel | undefined> {
  return (await findPulledModels(modelsFolder, reference))[0]
}

/** All pulled models that a reference may mean, the one pulled last first. */
export async function findPulledModels(
  modelsFolder: string,
  { org, name, revision, variant }: ModelReference,
): Promise<readonly PulledModel[]> {
  const listed = await listPulledModels(modelsFolder)
  return listed
    .filter((model): model is PulledModel => 'manifest' in model)
    .filter(({ manifest }) => manifest.org === org && manifest.name === name && isRevisionOf(manifest, revision))
    .filter(({ manifest }) => variant === undefined || manifest.variant?.toLowerCase() === variant.toLowerCase())
    .toSorted((first, second) => (first.manifest.pulledAt < second.manifest.pulledAt ? 1 : -1))
}

function isRevisionOf({ revision, commit }: PulledManifest, wanted: string): boolean {
  return revision === wanted || (/^[0-9a-f]{7,40}$/.test(wanted) && commit.startsWith(wanted))
}

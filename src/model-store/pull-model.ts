import { mkdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { EdgewiseError } from '../spec/errors.ts'
import type { Clock, Random } from '../spec/ports.ts'
import { bytesText } from './bytes-text.ts'
import { chooseRepositoryVariant, type OfferedVariant, offerVariants } from './choose-repository-variant.ts'
import { type FetchProgress, fetchFiles } from './fetch-files.ts'
import { readModelFolder } from './folder.ts'
import { folderBytes } from './folder-bytes.ts'
import { createHubConnection, type HubConnection, type HubConnectionOptions } from './hub-connection.ts'
import { idOf, listRepository } from './list-repository.ts'
import type { ModelReference } from './model-reference.ts'
import { moveIn } from './move-in.ts'
import { takePullLock } from './pull-lock.ts'
import { type PulledManifest, pulledFolderName, writePulledManifest } from './pulled-manifest.ts'
import { findPulledModel, type PulledModel, partialsFolderOf } from './pulled-models.ts'
import { repositoryVariants } from './repository-variants.ts'
import { asStoreFailed } from './store-failed.ts'
import type { RetryNotice } from './with-retries.ts'

/** What happens during a pull, for whoever watches. */
export type PullEvent =
  /** What the repository offers, and what is taken of it. */
  | { readonly type: 'variants'; readonly offers: readonly OfferedVariant[]; readonly chosen: OfferedVariant }
  /** Another process pulls the same. */
  | { readonly type: 'waiting'; readonly pid: number }
  | ({ readonly type: 'progress' } & FetchProgress)
  | ({ readonly type: 'retry' } & RetryNotice)

export interface PullModelOptions {
  readonly reference: ModelReference
  /** Folder of all pulled models; made when absent. */
  readonly modelsFolder: string
  readonly hub: HubConnectionOptions
  readonly clock: Clock
  readonly random: Random
  readonly signal: AbortSignal
  /** Memory that this machine has free, for the choice of a variant. */
  readonly memoryBytes: number
  /** Free disk at a folder; the file system's own word by default. */
  readonly freeDiskBytes?: (folder: string) => Promise<number>
  readonly onEvent?: (event: PullEvent) => void
}

export interface PullResult extends PulledModel {
  /** True when nothing had to be fetched. */
  readonly wasThere: boolean
}

/** No model has more; a listing that does is a mistake or a trap. */
const mostFiles = 500
const mostBytes = 2 ** 41
/** What the disk keeps free for everything else. */
const reserveBytes = 64 * 2 ** 20

/**
 * Fetches a model into the store, whole or not at all; what is cut off goes on where it stopped at the next call. Several processes may pull
 * the same. Throws `model-not-found`, `unauthorized`, `link-down`, `upstream-failed`, `model-invalid` or `store-failed`, each with what to do.
 */
export async function pullModel(options: PullModelOptions): Promise<PullResult> {
  const { reference, modelsFolder } = options
  // A whole commit never changes: with its files here there is nothing to ask.
  const exact = /^[0-9a-f]{40}$/.test(reference.revision) ? await findPulledModel(modelsFolder, reference) : undefined
  if (exact !== undefined) return { ...exact, wasThere: true }
  try {
    await mkdir(modelsFolder, { recursive: true, mode: 0o700 })
    await using hub = createHubConnection(options.hub)
    const pull = await preparePull(options, hub)
    await using _ = await takePullLock({
      ...options,
      path: join(partialsFolderOf(modelsFolder), `${pulledFolderName(pull.manifest)}.lock`),
      onWait: (pid) => options.onEvent?.({ type: 'waiting', pid }),
    })
    return await carryOut(options, hub, pull)
  } catch (thrown) {
    throw asStoreFailed(thrown, modelsFolder)
  }
}

interface PreparedPull {
  readonly chosen: OfferedVariant
  readonly manifest: Omit<PulledManifest, 'files'>
}

/** Asks the hub what there is, and chooses. */
async function preparePull(options: PullModelOptions, hub: HubConnection): Promise<PreparedPull> {
  const { reference, clock, memoryBytes, onEvent } = options
  const { org, name, revision, variant: wanted } = reference
  const onRetry = (notice: RetryNotice) => onEvent?.({ type: 'retry', ...notice })
  const { commit, files } = await listRepository({ ...options, hub, onRetry })
  const diskBytes = Math.max(0, (await freeDisk(options)) - reserveBytes)
  const offers = offerVariants(repositoryVariants(files), { memoryBytes, diskBytes })
  const chosen = chooseRepositoryVariant(offers, { id: idOf(reference), wanted })
  onEvent?.({ type: 'variants', offers, chosen })
  const manifest = {
    format: 1 as const,
    org,
    name,
    revision,
    commit,
    variant: chosen.name,
    named: wanted !== undefined,
    source: hub.endpoint.origin,
    pulledAt: new Date(clock.now()).toISOString(),
  }
  return { chosen, manifest }
}

async function carryOut(options: PullModelOptions, hub: HubConnection, pull: PreparedPull): Promise<PullResult> {
  const { reference, modelsFolder, onEvent } = options
  const { chosen, manifest } = pull
  const there = await findPulledModel(modelsFolder, { ...reference, revision: manifest.commit, variant: chosen.name })
  if (there !== undefined) return remember(there, manifest)
  const name = pulledFolderName(manifest)
  const staging = join(partialsFolderOf(modelsFolder), name)
  await mkdir(staging, { recursive: true, mode: 0o700 })
  await requireRoom(options, chosen, await folderBytes(staging))
  const files = await fetchFiles({
    ...options,
    hub,
    commit: manifest.commit,
    files: chosen.files,
    folder: staging,
    onProgress: (progress) => onEvent?.({ type: 'progress', ...progress }),
    onRetry: (notice) => onEvent?.({ type: 'retry', ...notice }),
  })
  const whole = { ...manifest, files: [...files] }
  await writePulledManifest(staging, whole)
  await requireUsable(staging, chosen)
  const folder = join(modelsFolder, name)
  await moveIn(staging, folder)
  return { folder, manifest: whole, wasThere: false }
}

/** The same commit may now be meant by another name: a branch, or the one asked for last. */
async function remember({ folder, manifest }: PulledModel, asked: PreparedPull['manifest']): Promise<PullResult> {
  const isCommit = asked.commit.startsWith(asked.revision)
  const renamed = {
    ...manifest,
    revision: isCommit ? manifest.revision : asked.revision,
    pulledAt: asked.pulledAt,
  }
  await writePulledManifest(folder, renamed)
  return { folder, manifest: renamed, wasThere: true }
}

/** `held`: bytes that an earlier run has fetched already. */
async function requireRoom(options: PullModelOptions, { name, files }: OfferedVariant, held: number): Promise<void> {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  if (files.length > mostFiles || bytes > mostBytes) {
    const message = `${name} has ${files.length} files of ${bytesText(bytes)}: more than the ${mostFiles} files and ${bytesText(mostBytes)} that are fetched`
    throw new EdgewiseError('model-invalid', message)
  }
  const free = await freeDisk(options)
  if (bytes - held + reserveBytes <= free) return
  const message = `${name} needs ${bytesText(bytes)}, but ${options.modelsFolder} has ${bytesText(free)} free: make room (edgewise model rm), or name another folder with --state`
  throw new EdgewiseError('store-failed', message)
}

/** A folder that cannot be used shall not look like a model. */
async function requireUsable(folder: string, { kind, name }: OfferedVariant): Promise<void> {
  if (kind !== 'onnx') return
  try {
    await readModelFolder({ folder })
  } catch (cause) {
    await rm(folder, { recursive: true, force: true })
    const because = (cause as Error).message.replaceAll(folder, 'the model')
    const message = `The variant ${name} came whole, but cannot be used: ${because}. It was thrown away; try another one.`
    throw new EdgewiseError('model-invalid', message, { cause })
  }
}

async function freeDisk({ modelsFolder, freeDiskBytes }: PullModelOptions): Promise<number> {
  if (freeDiskBytes !== undefined) return freeDiskBytes(modelsFolder)
  const { bavail, bsize } = await statfs(modelsFolder)
  return bavail * bsize
}

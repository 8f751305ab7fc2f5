import type { Random } from '../../spec/ports.ts'
import { compareKeys } from './compare-keys.ts'
import type { LoopImage } from './loop-image.ts'
import type { WriterProcess } from './writer-process.ts'

export interface PowerCutOptions {
  /** A fresh image; the writer may only write there. */
  readonly image: LoopImage
  readonly random: Random
  /** Starts the writer in a folder of the mounted image. */
  readonly start: (folder: string) => WriterProcess
  /** As the killer's: what is found in the folder of the disk that comes back. */
  readonly recover: (folder: string) => Promise<readonly string[]>
  /** Longest time from the first acknowledgement to the cut; 400 ms when absent. */
  readonly longestMs?: number
}

export interface PowerCut {
  readonly acknowledged: number
  readonly lost: readonly string[]
  readonly duplicated: readonly string[]
}

/**
 * Lets a writer run on the image, stops it at a random moment, and takes what is on the disk then: without anything that is still in the
 * page cache. Compares that with the acknowledgements, which were kept elsewhere. Unmounts everything, also when it throws.
 */
export async function cutPower({ image, random, start, recover, longestMs = 400 }: PowerCutOptions): Promise<PowerCut> {
  const { acknowledged, after } = await runUntilCut({ image, random, start, longestMs })
  await using disk = await after.mount()
  const found = await recover(disk.folder)
  return { acknowledged: acknowledged.length, ...compareKeys(acknowledged, found) }
}

async function runUntilCut({
  image,
  random,
  start,
  longestMs,
}: Pick<PowerCutOptions, 'image' | 'random' | 'start'> & { readonly longestMs: number }): Promise<{
  readonly acknowledged: readonly string[]
  readonly after: LoopImage
}> {
  await using disk = await image.mount()
  await using writer = start(disk.folder)
  await writer.reached(1)
  await new Promise((resolve) => setTimeout(resolve, random() * longestMs))
  await writer.freeze()
  const after = await image.copy('after-cut.image')
  writer.kill()
  const exit = await writer.exited
  if (exit.signal !== 'SIGKILL') throw new Error(`the writer ended by itself, with ${exit.code}: ${exit.said}`)
  return { acknowledged: writer.acknowledged, after }
}

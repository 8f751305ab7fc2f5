import { spawnSync } from 'node:child_process'
import { copyFile, mkdir, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runTool, toolWorks } from './run-tool.ts'

/** A file system that is mounted. Disposing of it unmounts it and detaches its device. */
export interface MountedDisk extends AsyncDisposable {
  readonly folder: string
}

/** An ext4 file system in a file. */
export interface LoopImage {
  /** Mounts it. What is written there and not synced stays out of the image for up to five minutes. */
  mount(): Promise<MountedDisk>
  /** The image as it is at this moment, as a disk is found after a power cut. */
  copy(name: string): Promise<LoopImage>
}

/** Why no file system can be mounted here, or undefined. */
export function mountMissing(): string | undefined {
  if (process.platform !== 'linux') return 'file systems are mounted on Linux only'
  if (process.getuid?.() !== 0) return 'only root can mount file systems'
  // In a namespace of its own, which ends with the command.
  if (toolWorks('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()])) return undefined
  return 'root may not mount file systems here, as in most containers'
}

/** Why no image can be mounted here, or undefined. */
export function loopMissing(): string | undefined {
  const missing = mountMissing()
  if (missing !== undefined) return missing
  if (!toolWorks('mkfs.ext4', ['-V'])) return 'mkfs.ext4 is not installed'
  if (!toolWorks('losetup', ['--find'])) return 'there is no free loop device'
  return undefined
}

/** Makes an image of so many MB (sparse) in `folder`, and mounts it beside itself. */
export async function makeLoopImage({ folder, megabytes }: { folder: string; megabytes: number }): Promise<LoopImage> {
  const file = join(folder, 'disk.image')
  await writeFile(file, '')
  await truncate(file, megabytes * 1_048_576)
  await runTool('mkfs.ext4', ['-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0', file])
  return imageOf(file, folder)
}

function imageOf(file: string, folder: string): LoopImage {
  return {
    mount: () => mountAt(`${file}.mounted`, ['-t', 'ext4', '-o', 'loop,commit=300', file]),
    async copy(name) {
      const copied = join(folder, name)
      await runTool('cp', ['--sparse=always', file, copied]).catch(() => copyFile(file, copied))
      return imageOf(copied, folder)
    },
  }
}

/** Mounts with the arguments of `mount`, at a folder that is made if it is missing. A process that ends before it is disposed of unmounts too. */
export async function mountAt(folder: string, args: readonly string[]): Promise<MountedDisk> {
  await mkdir(folder, { recursive: true })
  await runTool('mount', [...args, folder])
  const unmountAtOnce = () => void spawnSync('umount', ['-l', folder])
  process.once('exit', unmountAtOnce)
  return {
    folder,
    async [Symbol.asyncDispose]() {
      process.off('exit', unmountAtOnce)
      // Somebody may still read there; a lazy unmount detaches as soon as they stop.
      await runTool('umount', [folder]).catch(() => runTool('umount', ['-l', folder]))
    },
  }
}

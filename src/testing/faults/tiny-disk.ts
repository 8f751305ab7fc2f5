import { type MountedDisk, mountAt } from './loop-image.ts'

/** A file system in memory that is full after so many KB, at `folder`. Needs root: see `mountMissing`. */
export function mountTinyDisk({ folder, kilobytes }: { folder: string; kilobytes: number }): Promise<MountedDisk> {
  return mountAt(folder, ['-t', 'tmpfs', '-o', `size=${kilobytes}k,mode=0700`, 'tmpfs'])
}

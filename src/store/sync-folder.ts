import { closeSync, fsyncSync, openSync } from 'node:fs'

/** Puts on disk which files a folder has, after one was made or renamed. */
export function syncFolder(folder: string): void {
  // Windows cannot open folders; its renames are on disk by themselves.
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

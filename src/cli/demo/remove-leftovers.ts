import { rm } from 'node:fs/promises'
import type { Leftovers } from './child-messages.ts'
import { forgetDemo } from './demo-file.ts'

/** Takes away what a demo leaves that ended without a word: both of its children try, and the later one succeeds. */
export async function removeLeftovers({
  leftovers: { temporaryFolder, demoFile },
  demoPid,
}: {
  leftovers: Leftovers
  demoPid: number
}): Promise<void> {
  await forgetDemo({ path: demoFile, pid: demoPid })
  // The other child may be writing its last rows: a file that comes back is removed by its owner.
  if (temporaryFolder !== undefined) await rm(temporaryFolder, { recursive: true, force: true, maxRetries: 3 })
}

import { mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'

const demoFileSchema = z.object({
  pid: z.int(),
  controlPort: z.int(),
  edgeUrl: z.url(),
  apiKey: z.string(),
})

/** How another shell finds the demo that runs: where its control server and its edge listen, and the key of both. */
export type DemoFile = z.infer<typeof demoFileSchema>

/** Where the note of a running demo lies. */
export function demoFilePath(stateFolder: string): string {
  return join(stateFolder, 'demo.json')
}

/** Where a demo keeps the state of its edge, inside the folder that it keeps. */
export function demoEdgeState(folder: string): string {
  return join(folder, 'edge')
}

/** Leaves a note for other shells, readable by this user alone. */
export async function noteDemo(path: string, demo: DemoFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${demo.pid}`
  await writeFile(draft, `${JSON.stringify(demo)}\n`, { mode: 0o600 })
  await rename(draft, path)
}

/** The note of the latest demo, or undefined when there is none that can be read. The demo itself may be gone. */
export async function readDemo(path: string): Promise<DemoFile | undefined> {
  try {
    return demoFileSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return undefined
  }
}

/** Removes the note if that process wrote it, and its folder if nothing else is in there. */
export async function forgetDemo({ path, pid }: { path: string; pid: number }): Promise<void> {
  if ((await readDemo(path))?.pid !== pid) return
  await rm(path, { force: true })
  await rmdir(dirname(path)).catch(() => undefined)
}

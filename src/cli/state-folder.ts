import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { asEdgewiseError } from '../spec/errors.ts'

export interface StateFolderOptions {
  /** What the command line asks for; wins over the environment. */
  readonly asked?: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly home: string
}

/** Where Edgewise keeps keys, decisions and joined edges: `--state`, else EDGEWISE_STATE, else the XDG state folder. Always absolute. */
export function stateFolderPath({ asked, environment, home }: StateFolderOptions): string {
  const wanted = asked ?? environment.EDGEWISE_STATE
  if (wanted !== undefined && wanted !== '') return resolve(wanted)
  const xdg = environment.XDG_STATE_HOME
  return join(xdg?.startsWith('/') ? xdg : join(home, '.local', 'state'), 'edgewise')
}

/** Makes the folder, readable by its owner alone. An existing one keeps its rights. Throws `store-failed`. */
export async function makeStateFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error)
    throw asEdgewiseError(
      error,
      'store-failed',
      `The state folder ${path} cannot be made: ${because}. Name another one with --state FOLDER or EDGEWISE_STATE.`,
    )
  }
}

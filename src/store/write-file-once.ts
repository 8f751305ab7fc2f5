import { randomUUID } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { storeError } from './store-error.ts'
import { syncFolder } from './sync-folder.ts'

export interface WriteFileOnceOptions {
  readonly path: string
  /** Called when there is no such file yet. */
  readonly make: () => Promise<string> | string
}

/**
 * The text of the file at `path`; on first use made, written whole with 0600 and safely on disk before this resolves. Of several
 * processes that make it at the same time all get the text of one. Throws `store-failed`.
 */
export async function writeFileOnce({ path, make }: WriteFileOnceOptions): Promise<string> {
  const existing = read(path)
  if (existing !== undefined) return existing
  const text = await make()
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    place(path, text)
  } catch (thrown) {
    throw storeError(path, thrown)
  }
  return read(path) ?? text
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined
    throw storeError(path, thrown)
  }
}

function place(path: string, text: string): void {
  const draft = `${path}.${randomUUID()}`
  const file = openSync(draft, 'wx', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  try {
    // Unlike a rename, a link never replaces the file of a process that was quicker.
    linkSync(draft, path)
    rmSync(draft)
  } catch (thrown) {
    if (codeOf(thrown) === 'EEXIST') rmSync(draft)
    else renameSync(draft, path)
  }
  syncFolder(dirname(path))
}

function codeOf(thrown: unknown): unknown {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined
}

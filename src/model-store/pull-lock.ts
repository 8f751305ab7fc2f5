import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { Clock } from '../spec/ports.ts'
import { aborted } from './with-retries.ts'

const holderSchema = z.object({ id: z.string(), pid: z.int().positive(), host: z.string(), started: z.string() })
type Holder = z.infer<typeof holderSchema>

export interface PullLockOptions {
  readonly path: string
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Told once when somebody else has it. */
  readonly onWait?: (pid: number) => void
}

const pollMs = 250
/** Locks that this process holds now: its own id tells nothing about whether it is alive. */
const held = new Set<string>()

/**
 * Takes the lock at `path`, waiting while another process that is alive has it. That of a process that has ended is taken over. It keeps
 * two pulls from doing the same work; that what they fetch is right does not depend on it.
 */
export async function takePullLock({ path, clock, signal, onWait }: PullLockOptions): Promise<AsyncDisposable> {
  const mine: Holder = { id: randomUUID(), pid: process.pid, host: hostname(), started: await startOf(process.pid) }
  const draft = `${path}.${mine.id}`
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeFile(draft, JSON.stringify(mine), { mode: 0o600 })
  try {
    for (let waits = 0; ; waits += 1) {
      held.add(mine.id)
      if (await place(draft, path)) break
      held.delete(mine.id)
      const text = await readFile(path, 'utf8').catch(() => undefined)
      const holder = text === undefined ? undefined : parse(text)
      if (text !== undefined && (holder === undefined || !(await isAlive(holder)))) {
        await takeAway(path, text)
        continue
      }
      if (waits === 0 && holder !== undefined) onWait?.(holder.pid)
      await clock.delay(pollMs, signal).catch(() => {
        throw aborted(signal)
      })
    }
  } finally {
    await rm(draft, { force: true })
  }
  return {
    async [Symbol.asyncDispose]() {
      held.delete(mine.id)
      const text = await readFile(path, 'utf8').catch(() => undefined)
      if (text !== undefined && parse(text)?.id === mine.id) await rm(path, { force: true })
    },
  }
}

/** True while a process that is alive holds the lock at `path`, or one on another machine, which cannot be asked. */
export async function isLockHeld(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  const holder = text === undefined ? undefined : parse(text)
  return holder !== undefined && (await isAlive(holder))
}

/** A link never replaces the lock of somebody quicker, and shows it with its whole content. */
async function place(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw thrown
  }
}

/** Removes a lock that nobody holds; another that has come in its place meanwhile is put back. */
async function takeAway(path: string, stale: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`
  try {
    await rename(path, aside)
  } catch {
    return
  }
  if ((await readFile(aside, 'utf8')) !== stale) await place(aside, path)
  await rm(aside, { force: true })
}

async function isAlive({ id, pid, host, started }: Holder): Promise<boolean> {
  // Whoever shares this folder from another machine cannot be asked.
  if (host !== hostname()) return true
  if (pid === process.pid) return held.has(id)
  try {
    process.kill(pid, 0)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  // Ids are used again; the same one at another time is another process.
  return (await startOf(pid)) === started
}

/** When a process was started, in the system's own count; empty where that is not told. */
async function startOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

function parse(text: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { backupStore } from '../../src/store/backup-store.ts'
import { openStore } from '../../src/store/open-store.ts'
import { restoreStore } from '../../src/store/restore-store.ts'

const root = mkdtempSync(join(tmpdir(), 'edgewise-backup-'))
let folder = ''
let path = ''
let count = 0

beforeEach(() => {
  count += 1
  folder = join(root, String(count))
  path = join(folder, 'edge.db')
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

async function enqueue(...bodies: readonly unknown[]): Promise<void> {
  await using store = await openStore({ path })
  for (const body of bodies) await store.outbox.enqueue({ kind: 'telemetry', body })
}

async function waiting(at = path): Promise<readonly unknown[]> {
  await using store = await openStore({ path: at })
  const leased = await store.outbox.lease({ kinds: ['telemetry'], limit: 999, leaseMs: 1 })
  return leased.map(({ body }) => body)
}

describe('a backup of a store', () => {
  it('is one whole file of one moment, for its owner alone, while a program goes on writing', async () => {
    await enqueue(...Array.from({ length: 50 }, (_, index) => index))
    await using store = await openStore({ path })
    const to = join(folder, 'copy.db')
    let isDone = false
    const writing = (async () => {
      let written = 50
      while (!isDone) await store.outbox.enqueue({ kind: 'telemetry', body: written++ })
      return written
    })()
    const { bytes } = await backupStore({ path, to })
    isDone = true
    const written = await writing
    expect(statSync(to).size).toBe(bytes)
    expect((statSync(to).mode & 0o777).toString(8)).toBe('600')
    expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual(['copy.db'])
    const kept = await waiting(to)
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => index))
    expect(kept.length).toBeGreaterThanOrEqual(50)
    expect(kept.length).toBeLessThanOrEqual(written)
  })

  it('replaces no file, and needs a store', async () => {
    await enqueue(1)
    const to = join(folder, 'copy.db')
    writeFileSync(to, 'precious')
    await expect(backupStore({ path, to })).rejects.toThrow(/exists already/)
    expect(readFileSync(to, 'utf8')).toBe('precious')
    const missing = backupStore({ path: join(folder, 'none.db'), to: join(folder, 'other.db') })
    await expect(missing).rejects.toThrow(/no store at/)
    expect(existsSync(join(folder, 'none.db'))).toBe(false)
  })
})

describe('a restored store', () => {
  it('is as it was at the backup, in a new epoch, with the one before kept beside it', async () => {
    await enqueue('a')
    const from = join(folder, 'copy.db')
    const epoch = await (async () => {
      await using store = await openStore({ path })
      return (await store.outbox.delivery.epoch()).epoch
    })()
    await backupStore({ path, to: from })
    await enqueue('b')
    const restored = await restoreStore({ path, from })
    expect(restored.epoch).not.toBe(epoch)
    expect(await waiting()).toEqual(['a'])
    expect(await waiting(restored.before)).toEqual(['a', 'b'])
    expect(readdirSync(folder).some((name) => name.includes('restoring'))).toBe(false)
  })

  it('may be the first on a new machine', async () => {
    await enqueue('a')
    const from = join(folder, 'copy.db')
    await backupStore({ path, to: from })
    const fresh = join(folder, 'fresh.db')
    expect(await restoreStore({ path: fresh, from })).not.toHaveProperty('before')
    expect(await waiting(fresh)).toEqual(['a'])
  })

  it('does not take the place of one that a program runs on', async () => {
    await enqueue('a')
    const from = join(folder, 'copy.db')
    await backupStore({ path, to: from })
    await using store = await openStore({ path })
    await store.outbox.enqueue({ kind: 'telemetry', body: 'b' })
    await expect(restoreStore({ path, from })).rejects.toThrow(/locked by another process/)
    expect(store.outbox.status().waiting.telemetry.rows).toBe(2)
    expect(readdirSync(folder).some((name) => /restor/.test(name))).toBe(false)
  })

  it('is whole, or it is refused and everything stays', async () => {
    await enqueue('a')
    const from = join(folder, 'copy.db')
    await backupStore({ path, to: from })
    truncateSync(from, statSync(from).size - 4096)
    await expect(restoreStore({ path, from })).rejects.toMatchObject({ code: 'store-failed' })
    writeFileSync(from, 'no database at all, but long enough to be looked at. '.repeat(100))
    await expect(restoreStore({ path, from })).rejects.toMatchObject({ code: 'store-failed' })
    expect(await waiting()).toEqual(['a'])
  })
})

describe('a program that starts while a backup is restored', () => {
  it('waits for it and works on the restored store, or is told to start again; never on the old one', async () => {
    await enqueue('a')
    const from = join(folder, 'copy.db')
    await backupStore({ path, to: from })
    await enqueue('b')
    const module = join(import.meta.dirname, '../../src/store/open-store.ts')
    const script = `const { openStore } = await import(${JSON.stringify(module)})
      for (let round = 0; round < 40; round += 1) {
        try {
          const store = await openStore({ path: ${JSON.stringify(path)} })
          await store.outbox.enqueue({ kind: 'feedback', body: round })
          console.log(round)
          await store[Symbol.asyncDispose]()
        } catch (error) {
          if (!/replaced|locked/.test(error.message)) throw error
        }
      }`
    const child = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
    let restores = 0
    let isOver = false
    void child.finally(() => {
      isOver = true
    })
    while (!isOver) {
      await restoreStore({ path, from }).then(
        () => {
          restores += 1
        },
        (error: Error) => expect(error.message).toMatch(/locked/),
      )
      await new Promise((resolve) => setImmediate(resolve))
    }
    await child
    expect(restores).toBeGreaterThan(0)
    await restoreStore({ path, from })
    expect(await waiting()).toEqual(['a'])
  }, 60_000)
})

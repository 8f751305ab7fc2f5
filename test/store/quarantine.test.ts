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
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'
import { type QuarantineReport, quarantinedFiles } from '../../src/store/quarantine.ts'
import { someDecision } from '../../src/testing/conformance/store.ts'

const root = mkdtempSync(join(tmpdir(), 'edgewise-quarantine-'))
let path = ''
let count = 0

beforeEach(() => {
  count += 1
  path = join(root, String(count), 'edge.db')
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** A store with a key, work that waits, and many decisions behind them. */
async function fill(): Promise<readonly string[]> {
  await using store = await openStore({ path })
  await store.keys.add({ id: 'key', name: 'the scanner', digest: 'd' })
  const entries = []
  for (let index = 0; index < 20; index += 1) {
    entries.push(await store.outbox.enqueue({ kind: 'background-request', body: { index } }))
  }
  await store.outbox.enqueue({ kind: 'telemetry', body: 'under way' })
  await store.outbox.lease({ kinds: ['background-request'], limit: 1, leaseMs: 60_000 })
  await store.outbox.delivery.seal({ kinds: ['telemetry'], limit: 9, bytes: 999 })
  for (let index = 0; index < 300; index += 1) {
    store.decisions.save(someDecision(`r${index}`, { requestedModel: 'm'.repeat(500) }))
  }
  return entries.map(({ id }) => id)
}

async function openDamaged() {
  const reports: QuarantineReport[] = []
  const store = await openStore({ path, onDamage: (report) => reports.push(report) })
  return { store, report: reports[0], reports }
}

describe('a damaged store', () => {
  it('is moved aside; what was promised is rescued into a fresh one, whatever became of the past', async () => {
    const ids = await fill()
    const pages = Math.floor(statSync(path).size / 4096)
    const damaged = readFileSync(path)
    damaged.fill(0xa5, (pages - 20) * 4096, (pages - 10) * 4096)
    writeFileSync(path, damaged)
    const { store, report } = await openDamaged()
    await using _closing = store
    expect(report).toMatchObject({ rescued: { keys: 1, outbox: 21 }, damaged: [] })
    expect(readFileSync(report?.movedTo ?? '').length).toBe(damaged.length)
    expect(quarantinedFiles(path)).toEqual([report?.movedTo])
    expect(await store.keys.findByDigest('d')).toMatchObject({ id: 'key' })
    for (const id of ids) expect(await store.outbox.find(id)).toMatchObject({ state: 'queued' })
    expect(store.outbox.status().waiting['background-request'].rows).toBe(20)
    expect((await store.outbox.delivery.epoch()).delivered).toBe(0)
    const batch = await store.outbox.delivery.seal({ kinds: ['telemetry'], limit: 9, bytes: 999 })
    expect(batch).toMatchObject({ first: 1, entries: [{ body: '"under way"' }] })
  })

  it.each([1, 2, 3])('loses nothing when its rescue is cut short after rename %i', async (renames) => {
    const ids = await fill()
    const damaged = readFileSync(path)
    const pages = Math.floor(damaged.length / 4096)
    damaged.fill(0xa5, (pages - 20) * 4096, (pages - 10) * 4096)
    writeFileSync(path, damaged)
    const module = join(import.meta.dirname, '../../src/store/open-store.ts')
    const script = `import fs from 'node:fs'
      import { syncBuiltinESMExports } from 'node:module'
      const { renameSync } = fs
      let left = ${renames}
      fs.renameSync = (...names) => {
        renameSync(...names)
        left -= 1
        if (left === 0) process.kill(process.pid, 'SIGKILL')
      }
      syncBuiltinESMExports()
      const { openStore } = await import(${JSON.stringify(module)})
      await openStore({ path: ${JSON.stringify(path)}, onDamage() {} })`
    const dying = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
    await expect(dying).rejects.toMatchObject({ signal: 'SIGKILL' })
    const { store, reports } = await openDamaged()
    await using _closing = store
    for (const id of ids) expect(await store.outbox.find(id)).toMatchObject({ state: 'queued' })
    expect(quarantinedFiles(path)).toHaveLength(1)
    expect(readdirSync(dirname(path)).filter((name) => /rescu/.test(name))).toEqual([])
    // After the last one everything is done; only nobody has been told.
    expect(reports).toHaveLength(renames === 3 ? 0 : 1)
  })

  it('takes no half of a rescue for a store', async () => {
    const ids = await fill()
    writeFileSync(`${path}.rescuing`, 'half')
    truncateSync(path, statSync(path).size - 3 * 4096)
    await (await openStore({ path: `${path}.rescued` }))[Symbol.asyncDispose]()
    const { store } = await openDamaged()
    await using _closing = store
    expect(await store.outbox.find(ids[0] ?? '')).toMatchObject({ state: 'queued' })
  })

  it('counts its deliveries anew, so that the hub takes nothing for something else', async () => {
    await fill()
    const before = await (async () => {
      await using store = await openStore({ path })
      return store.outbox.delivery.epoch()
    })()
    truncateSync(path, statSync(path).size - 3 * 4096)
    const { store } = await openDamaged()
    await using _closing = store
    expect((await store.outbox.delivery.epoch()).epoch).not.toBe(before.epoch)
  })

  it.each([
    ['a cut end', (size: number) => size - 3 * 4096],
    ['only its first page', () => 4096],
    ['half a page', () => 2048],
  ])('with %s is found at the start, and a whole one takes its place', async (_name, lengthOf) => {
    await fill()
    truncateSync(path, lengthOf(statSync(path).size))
    await expect(openStore({ path })).rejects.toMatchObject({ code: 'store-failed' })
    const { store, reports } = await openDamaged()
    await store[Symbol.asyncDispose]()
    expect(reports).toHaveLength(1)
    const again = await openDamaged()
    await again.store[Symbol.asyncDispose]()
    expect(again.reports).toEqual([])
  })

  it('whose every bit may flip is either whole or found', async () => {
    await fill()
    const whole = readFileSync(path)
    for (let sample = 0; sample < 24; sample += 1) {
      const flipped = Buffer.from(whole)
      const at = Math.floor(((sample + 0.5) / 24) * whole.length)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (sample % 8))
      writeFileSync(path, flipped)
      for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true })
      const { store } = await openDamaged()
      await store.outbox.enqueue({ kind: 'telemetry', body: 1 })
      expect(store.outbox.status().waiting.telemetry.rows).toBeGreaterThan(0)
      await store[Symbol.asyncDispose]()
    }
  })

  it('stays where it is while another process has it open, and without anybody to tell', async () => {
    await fill()
    const other = new DatabaseSync(path)
    other.prepare('SELECT count(*) FROM keys').get()
    truncateSync(path, statSync(path).size - 3 * 4096)
    await expect(openDamaged()).rejects.toThrow(/locked by another process/)
    other.close()
    await expect(openStore({ path })).rejects.toThrow(/is damaged/)
    expect(quarantinedFiles(path)).toEqual([])
    expect(existsSync(path)).toBe(true)
  })

  it('of another program is never moved', async () => {
    await (await openStore({ path }))[Symbol.asyncDispose]()
    const foreign = join(root, String(count), 'foreign.db')
    const database = new DatabaseSync(foreign)
    database.exec('CREATE TABLE holidays (day TEXT)')
    database.close()
    await expect(openStore({ path: foreign, onDamage() {} })).rejects.toThrow(/another program/)
  })
})

import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/store/open-database.ts'
import { openStore } from '../../src/store/open-store.ts'
import { someDecision, storeConformance } from '../../src/testing/conformance/store.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'

const root = mkdtempSync(join(tmpdir(), 'edgewise-store-'))
let folder = ''
let count = 0

beforeEach(() => {
  count += 1
  folder = join(root, String(count))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

storeConformance({ describe, it, expect, open: (place) => openStore({ path: join(root, place, 'store.db') }) })

function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8)
}

describe('opening a store', () => {
  it('makes a folder and files that only their owner may read', async () => {
    const path = join(folder, 'state', 'edgewise.db')
    await using store = await openStore({ path })
    await store.keys.add({ id: 'a', name: 'a', digest: 'a' })
    expect(mode(join(folder, 'state'))).toBe('700')
    for (const suffix of ['', '-wal', '-shm']) expect(mode(path + suffix)).toBe('600')
  })

  it('tightens a file that others could read', async () => {
    const path = join(folder, 'edgewise.db')
    await (await openStore({ path }))[Symbol.asyncDispose]()
    chmodSync(path, 0o644)
    await using _store = await openStore({ path })
    expect(mode(path)).toBe('600')
  })

  it('is durable at every commit', async () => {
    const database = openDatabase(join(folder, 'edgewise.db'))
    expect(database.prepare('PRAGMA journal_mode').get()?.journal_mode).toBe('wal')
    expect(database.prepare('PRAGMA synchronous').get()?.synchronous).toBe(2)
    database.close()
  })

  it('lets several processes make the same store at the same time', async () => {
    const path = join(folder, 'edgewise.db')
    const module = join(import.meta.dirname, '../../src/store/open-store.ts')
    const script = `const { openStore } = await import(${JSON.stringify(module)})
      const store = await openStore({ path: ${JSON.stringify(path)} })
      await store.keys.add({ id: String(process.pid), name: 'n', digest: String(process.pid) })
      await store[Symbol.asyncDispose]()`
    const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
    await Promise.all([run(), run(), run()])
    const database = new DatabaseSync(path)
    expect(database.prepare('SELECT count(*) AS count FROM keys').get()?.count).toBe(3)
    database.close()
  })

  it.each([
    ['text', 'this is no database, but it is long enough to be taken for one. '.repeat(40)],
    ['random bytes', Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 251))],
  ])('refuses a file of %s, names it and leaves it as it was', async (_name, content) => {
    await (await openStore({ path: join(folder, 'other.db') }))[Symbol.asyncDispose]()
    const path = join(folder, 'edgewise.db')
    writeFileSync(path, content)
    const opening = openStore({ path })
    await expect(opening).rejects.toMatchObject({ code: 'store-failed', message: expect.stringContaining(path) })
    await expect(opening).rejects.toThrow(/move it away/i)
    expect(readFileSync(path).equals(Buffer.from(content as string))).toBe(true)
  })

  it('refuses the database of another program', async () => {
    await (await openStore({ path: join(folder, 'other.db') }))[Symbol.asyncDispose]()
    const path = join(folder, 'foreign.db')
    const foreign = new DatabaseSync(path)
    foreign.exec('CREATE TABLE holidays (day TEXT)')
    foreign.close()
    await expect(openStore({ path })).rejects.toThrow(/another program/)
  })

  it('notices a page that was overwritten and a file that was cut short', async () => {
    const path = join(folder, 'edgewise.db')
    const store = await openStore({ path })
    for (let index = 0; index < 200; index += 1) {
      store.decisions.save(someDecision(`r${index}`, { requestedModel: 'm'.repeat(500) }))
    }
    await store[Symbol.asyncDispose]()
    const whole = readFileSync(path)
    const damaged = Buffer.from(whole)
    damaged.fill(0xa5, 20 * 4096, 21 * 4096)
    writeFileSync(path, damaged)
    await expect(openStore({ path })).rejects.toThrow(/is damaged/)
    writeFileSync(path, whole)
    truncateSync(path, whole.length - 3 * 4096)
    await expect(openStore({ path })).rejects.toThrow(/is damaged/)
  })

  it('refuses a store that a newer Edgewise wrote', async () => {
    const path = join(folder, 'edgewise.db')
    await (await openStore({ path }))[Symbol.asyncDispose]()
    const database = new DatabaseSync(path)
    database.exec("INSERT INTO kysely_migration (name, timestamp) VALUES ('9999-future', '2030-01-01T00:00:00.000Z')")
    database.close()
    await expect(openStore({ path })).rejects.toThrow(/newer Edgewise/)
  })

  it('says so when the place cannot be a file', async () => {
    await (await openStore({ path: join(folder, 'edgewise.db') }))[Symbol.asyncDispose]()
    const below = openStore({ path: join(folder, 'edgewise.db', 'deeper', 'edgewise.db') })
    await expect(below).rejects.toMatchObject({ code: 'store-failed' })
    await expect(openStore({ path: folder })).rejects.toMatchObject({ code: 'store-failed' })
  })

  it.skipIf(process.getuid?.() === 0)('says so when permissions forbid it', async () => {
    await (await openStore({ path: join(folder, 'edgewise.db') }))[Symbol.asyncDispose]()
    chmodSync(folder, 0o500)
    await expect(openStore({ path: join(folder, 'second.db') })).rejects.toThrow(/permissions/)
    chmodSync(folder, 0o700)
  })
})

describe('the decisions of a SQLite store', () => {
  it('are written together 50 ms later, without anybody asking', async () => {
    const clock = createFakeClock()
    const path = join(folder, 'edgewise.db')
    await using store = await openStore({ path, clock })
    await using other = await openStore({ path, clock })
    store.decisions.save(someDecision('a'))
    store.decisions.save(someDecision('b'))
    await clock.advance(49)
    expect(await other.decisions.find('a')).toBe(undefined)
    await clock.advance(1)
    expect(await other.decisions.find('a')).toMatchObject({ requestId: 'a' })
    expect(await other.decisions.find('b')).toMatchObject({ requestId: 'b' })
  })

  it('are written at once when 256 are waiting', async () => {
    const clock = createFakeClock()
    const path = join(folder, 'edgewise.db')
    await using store = await openStore({ path, clock })
    await using other = await openStore({ path, clock })
    for (let index = 0; index < 255; index += 1) store.decisions.save(someDecision(`r${index}`))
    expect(await other.decisions.find('r0')).toBe(undefined)
    store.decisions.save(someDecision('r255'))
    expect(await other.decisions.find('r0')).toMatchObject({ requestId: 'r0' })
  })

  it('are forgotten by age and by number', async () => {
    const clock = createFakeClock()
    const path = join(folder, 'edgewise.db')
    {
      await using store = await openStore({ path, clock })
      for (const id of ['a', 'b', 'c']) store.decisions.save(someDecision(id))
    }
    {
      await using store = await openStore({ path, clock, keepRows: 2 })
      expect((await store.decisions.recent(9)).map(({ requestId }) => requestId)).toEqual(['c', 'b'])
    }
    await clock.advance(2 * 86_400_000 + 1)
    await using store = await openStore({ path, clock, keepDays: 2 })
    expect(await store.decisions.recent(9)).toEqual([])
  })

  it('are forgotten in the middle of the work too, not only at the start', async () => {
    await using store = await openStore({ path: join(folder, 'edgewise.db'), keepRows: 100 })
    for (let index = 0; index < 2048; index += 1) store.decisions.save(someDecision(`r${index}`))
    await store.decisions.flush()
    expect((await store.decisions.recent(9999)).length).toBeLessThan(1300)
  })

  it('are kept in memory while the disk refuses, and the refusal is told', async () => {
    const errors: string[] = []
    const path = join(folder, 'edgewise.db')
    await using store = await openStore({ path, onError: (error) => errors.push(error.code) })
    const other = new DatabaseSync(path)
    other.exec("CREATE TRIGGER refuse BEFORE INSERT ON decisions BEGIN SELECT RAISE(ABORT, 'refused'); END")
    store.decisions.save(someDecision('a'))
    await expect(store.decisions.flush()).rejects.toMatchObject({ code: 'store-failed' })
    expect(errors).toEqual(['store-failed'])
    expect(await store.decisions.find('a')).toMatchObject({ requestId: 'a' })
    other.exec('DROP TRIGGER refuse')
    await store.decisions.flush()
    expect(other.prepare('SELECT count(*) AS count FROM decisions').get()?.count).toBe(1)
    other.close()
  })

  it('hold a store in memory as well', async () => {
    await using store = await openStore({ path: ':memory:' })
    store.decisions.save(someDecision('a'))
    await store.decisions.flush()
    expect(await store.decisions.find('a')).toMatchObject({ requestId: 'a' })
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPostgresStore } from '../../../src/store/postgres/open-postgres-store.ts'
import { hubStoreConformance } from '../../../src/testing/conformance/hub-store.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { forgetsMarks } from '../forgets-marks.ts'
import { noPostgres, type PostgresServer, startPostgres } from './postgres-server.ts'

if (noPostgres !== undefined) console.log(`skipped: ${noPostgres}`)

const day = '2026-01-31'
const wanted = (run: string, micros = 40) => ({ run, caller: 'edge', day, micros })
const spent = { micros: 5, requests: 1, promptTokens: 2, completionTokens: 3 }

describe.skipIf(noPostgres !== undefined)('a store in PostgreSQL', () => {
  let server: PostgresServer
  const places = new Map<string, Promise<string>>()
  beforeAll(async () => {
    server = await startPostgres()
  }, 60_000)
  afterAll(() => server?.[Symbol.asyncDispose]())

  const urlOf = (place: string) => {
    const url = places.get(place) ?? server.createDatabase()
    places.set(place, url)
    return url
  }
  const open = async (place: string) => openPostgresStore({ url: await urlOf(place) })

  hubStoreConformance({ describe, it, expect, open })

  it('is brought to the newest migration once, by several hubs that start together', async () => {
    const stores = await Promise.all(Array.from({ length: 5 }, () => open('together')))
    await stores[0]?.edges.add({ id: 'a', name: 'one', publicKey: 'key', joinedAt: 1 })
    expect(await stores[4]?.edges.list()).toHaveLength(1)
    await Promise.all(stores.map((store) => store[Symbol.asyncDispose]()))
  })

  it('leaves what a living hub has set aside alone, and books it when that hub is gone', async () => {
    await using lasting = await open('replicas')
    const other = await open('replicas')
    await other.spending.reconcile('run-1')
    const reserved = await other.spending.reserve(wanted('run-1'))
    await other.spending.reserve(wanted('run-1', 3))
    expect(await lasting.spending.reconcile('run-2')).toEqual([])
    expect(await other.spending.settle('id' in reserved ? reserved.id : -1, spent)).toBe(true)
    await other[Symbol.asyncDispose]()
    expect(await lasting.spending.reconcile('run-2')).toEqual([{ caller: 'edge', micros: 3 }])
  })

  it('never passes a limit of money, of many hubs that reserve at the same time', async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, () => open('race')))
    const tries = Array.from({ length: 200 }, (_, index) =>
      stores[index % 4]?.spending.reserve({ ...wanted(`run-${index % 4}`, 10), mostPerDay: 505 }),
    )
    const granted = (await Promise.all(tries)).filter((verdict) => verdict !== undefined && 'id' in verdict)
    expect(granted).toHaveLength(50)
    await Promise.all(stores.map((store) => store[Symbol.asyncDispose]()))
  })

  it('keeps what it said it had, through an end of the database without a farewell, and works again after it', async () => {
    const broken: string[] = []
    // A server of its own: with the databases of all tests its recovery takes long.
    await using mortal = await startPostgres({ isDurable: true })
    const url = await mortal.createDatabase()
    await using store = await openPostgresStore({ url, onError: ({ message }) => broken.push(message) })
    await store.spending.reconcile('run-1')
    await store.spending.add([{ ...spent, caller: 'edge', day }])
    await mortal.kill()
    const refused = await store.spending.reserve(wanted('run-1')).catch((error: unknown) => error)
    expect(refused).toMatchObject({
      code: 'store-failed',
      message: expect.stringMatching(
        /^The store, PostgreSQL at 127\.0\.0\.1:\d+\/test_\d+, (cannot be reached|is shutting)/,
      ),
    })
    await mortal.restart()
    expect(await store.spending.since(day)).toEqual([{ ...spent, caller: 'edge', day }])
    expect(await store.spending.reserve(wanted('run-1'))).toMatchObject({ id: expect.any(Number) })
    await using later = await openPostgresStore({ url })
    // The first run took its lock anew.
    expect(await later.spending.reconcile('run-2')).toEqual([])
    expect(broken.join()).not.toContain('secret-of-the-test')
  })

  it('forgets the marks of epochs that are long over, and knows such an epoch still', async () => {
    const clock = createFakeClock()
    const url = await urlOf('marks')
    await using store = await openPostgresStore({ url, clock })
    const { Client } = (await import('pg')).default
    const marks = async () => {
      const client = new Client({ connectionString: url })
      await client.connect()
      const { rows } = await client.query('SELECT epoch FROM delivery_batches ORDER BY epoch, sequence')
      await client.end()
      return rows.map(({ epoch }) => String(epoch))
    }
    await forgetsMarks({ expect, store, clock, marks })
  })

  it('refuses the database of a newer Edgewise', async () => {
    await using store = await open('newer')
    await store.edges.list()
    const { Client } = (await import('pg')).default
    const client = new Client({ connectionString: await urlOf('newer') })
    await client.connect()
    await client.query("INSERT INTO kysely_migration VALUES ('9999-later', '2999-01-01')")
    await client.end()
    await expect(open('newer')).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining('written by a newer Edgewise'),
    })
  })

  it.each([
    ['a wrong password', (url: URL) => Object.assign(url, { password: 'wrong' }), 'refuses the user or the password'],
    ['no such database', (url: URL) => Object.assign(url, { pathname: '/nothing' }), 'has no such database'],
    ['nobody there', (url: URL) => Object.assign(url, { port: '1' }), 'cannot be reached'],
  ])('says what is wrong: %s', async (_, spoil, said) => {
    const url = String(spoil(new URL(await urlOf('wrong'))))
    const error = await openPostgresStore({ url }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'store-failed', message: expect.stringContaining(said) })
    expect(JSON.stringify([error, String(error)])).not.toMatch(/secret-of-the-test|wrong@/)
  })
})

it.each(['', 'mysql://user:pass-word@host/db', 'host=db password=pass-word'])(
  'refuses a DATABASE_URL that is none, without showing it: %j',
  async (url) => {
    const error = await openPostgresStore({ url }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'config-invalid' })
    expect(String(error)).not.toContain('pass-word')
  },
)

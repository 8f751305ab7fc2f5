import { copyFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { noPostgres, type PostgresServer, startPostgres } from '../store/postgres/postgres-server.ts'
import { call, chatBody, joinAs, newEdge, temporaryFolder, testHub } from './running-hub.ts'

if (noPostgres !== undefined) console.log(`skipped: ${noPostgres}`)

const path = '/v1/chat/completions'

describe.skipIf(noPostgres !== undefined)('hubs that share a PostgreSQL database', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  }, 60_000)
  afterAll(() => server?.[Symbol.asyncDispose]())

  /** Two hubs with the certificate and the API key of the first. */
  async function twoHubs() {
    const databaseUrl = await server.createDatabase()
    const one = await testHub({ databaseUrl })
    const folder = temporaryFolder()
    for (const name of readdirSync(one.folder)) copyFileSync(join(one.folder, name), join(folder, name))
    return { one, two: await testHub({ databaseUrl, folder }) }
  }

  it('know the edges that joined any of them, and let a join token count once', async () => {
    const { one, two } = await twoHubs()
    await using _one = one
    await using _two = two
    const identity = await newEdge()
    const token = await one.mintJoinToken()
    await joinAs({ token, identity })
    expect((await call(two, { path, body: chatBody, identity })).status).toBe(200)
    expect(await two.listEdges()).toEqual(await one.listEdges())
    await expect(joinAs({ token, identity: await newEdge() })).rejects.toMatchObject({
      message: expect.stringContaining('used'),
    })
    expect(readdirSync(one.folder).filter((name) => name.endsWith('.db'))).toEqual([])
  })

  it('forget what is over its time', async () => {
    const databaseUrl = await server.createDatabase()
    const clock = createFakeClock()
    await using _hub = await testHub({ databaseUrl, clock })
    await using store = await openPostgresStore({ url: databaseUrl, clock })
    const limits = { now: clock.now(), mostBytes: 1000 }
    const answer = { caller: 'edge', digest: 'd', parts: [] }
    await store.keptAnswers.save({ ...answer, key: 'old', expiresAt: clock.now() + 60_000 }, limits)
    await store.keptAnswers.save({ ...answer, key: 'new', expiresAt: clock.now() + 6_000_000 }, limits)
    // As if no time had passed: what has expired is not found, be it there or not.
    const isKept = async (key: string) => (await store.keptAnswers.find('edge', key, limits.now)) !== undefined
    expect(await isKept('old')).toBe(true)
    await clock.advance(600_000)
    await expect.poll(() => isKept('old'), { timeout: 10_000 }).toBe(false)
    expect(await isKept('new')).toBe(true)
  })

  it('refuse an edge that another of them cut off', async () => {
    const { one, two } = await twoHubs()
    await using _one = one
    await using _two = two
    const identity = await newEdge()
    await joinAs({ token: await one.mintJoinToken(), identity })
    expect((await call(two, { path, body: chatBody, identity })).status).toBe(200)
    const [edge] = await one.listEdges()
    await one.revokeEdge(String(edge?.id))
    let status = 0
    // The other hub looks again within a second.
    for (let turn = 0; turn < 1_000 && status !== 401; turn += 1) {
      status = (await call(two, { path, body: chatBody, identity }).catch(() => ({ status: 401 }))).status
    }
    expect(status).toBe(401)
  })
})

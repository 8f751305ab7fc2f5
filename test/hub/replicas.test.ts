import { copyFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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

import { join } from 'node:path'
import OpenAI from 'openai'
import { expect, it } from 'vitest'
import { edgeConfigSchema } from '../../src/edge/config.ts'
import { startEdge } from '../../src/edge/presets/node.ts'
import { systemClock } from '../../src/spec/system-clock.ts'
import { openStore } from '../../src/store/open-store.ts'
import { openIdentity } from '../../src/sync/enrolment/identity.ts'
import { joinAs, temporaryFolder, testHub } from '../hub/running-hub.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

it('what an edge tells of its decisions and their ratings is at its hub, and only when it was asked to tell', async () => {
  await using hub = await testHub()
  const stateFolder = temporaryFolder()
  const identity = await openIdentity({ folder: stateFolder, name: 'edge' })
  await joinAs({ token: await hub.mintJoinToken(), identity })
  const { url, fingerprint } = hub
  const start = (enabled: boolean) =>
    startEdge({
      config: edgeConfigSchema.parse({ port: 0, threads: 1, hub: { url, fingerprint }, telemetry: { enabled } }),
      stateFolder,
      clock: systemClock,
      log: quiet,
    })
  const ask = async (edge: Awaited<ReturnType<typeof start>>) => {
    const client = new OpenAI({ baseURL: `${edge.url}/v1`, apiKey: edge.apiKey, maxRetries: 0 })
    const messages = [{ role: 'user' as const, content: 'hello' }]
    const { response } = await client.chat.completions.create({ model: 'auto', messages, max_tokens: 2 }).withResponse()
    return response.headers.get('x-edgewise-request-id')
  }
  const received = async () => {
    await using store = await openStore({ path: join(hub.folder, 'hub.db') })
    const rows = await store.deliveries.since(0, 99)
    return rows.flatMap(({ kind, body }) => (kind === 'ledger-checkpoint' ? [] : [{ kind, body: JSON.parse(body) }]))
  }

  const silent = await start(false)
  await ask(silent)
  await silent.close()
  const telling = await start(true)
  const id = await ask(telling)
  const headers = { authorization: `Bearer ${telling.apiKey}` }
  const body = JSON.stringify({ request_id: id, rating: 'good' })
  const rated = await fetch(`${telling.url}/edgewise/v1/feedback`, { method: 'POST', headers, body })
  expect(rated.status).toBe(202)
  await telling.close()
  // What was gathered is queued at the end, and handed over by the next run.
  const next = await start(false)
  await expect.poll(async () => (await received()).length, { timeout: 20_000, interval: 500 }).toBe(2)
  await next.close()
  const summary = { placement: 'local', outcome: 'answered', completionTokens: expect.any(Number) }
  expect((await received()).toSorted((a, b) => a.kind.localeCompare(b.kind))).toMatchObject([
    { kind: 'feedback', body: { requestId: id, rating: 'good', about: summary } },
    { kind: 'telemetry', body: { decisions: [summary] } },
  ])
}, 90_000)

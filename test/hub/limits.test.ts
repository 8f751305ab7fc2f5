import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { type MockUpstream, startMockUpstream } from '../../src/testing/mock-upstream.ts'
import { createScriptedGenerator, type ScriptStep, scriptedAnswer } from '../../src/testing/scripted-generator.ts'
import { call, chatBody, joinAs, newEdge, temporaryFolder, testHub } from './running-hub.ts'

const path = '/v1/chat/completions'
const price = { input: 100, output: 1000 }
const answer = { pieces: ['Hi'], usage: { promptTokens: 20, completionTokens: 5 } }
/** 20 prompt tokens at 100 and 5 at 1000 a million. */
const micros = 7000

function paid(mock: MockUpstream, config: object = {}) {
  const models = [{ id: 'big', upstreamModel: 'mock-model', price }]
  return { upstreams: [{ name: 'provider', url: mock.baseUrl, models }], currency: 'EUR', ...config }
}

function scripted(...script: (readonly ScriptStep[])[]) {
  return createScriptedGenerator({ model: 'big', script })
}

describe('the money of an edge', () => {
  it('is booked under its own id, and each answer says what it cost', async () => {
    await using mock = await startMockUpstream({ answer })
    const folder = temporaryFolder()
    const identity = await newEdge()
    {
      await using hub = await testHub({ engines: [], folder, config: paid(mock) })
      await joinAs({ token: await hub.mintJoinToken(), identity })
      const whole = await (await call(hub, { path, body: chatBody, identity })).json()
      expect(whole.usage).toMatchObject({ total_tokens: 25, cost: 0.007, currency: 'EUR' })
      const body = { ...chatBody, stream: true, stream_options: { include_usage: true } }
      expect(await (await call(hub, { path, body, identity })).text()).toContain('"cost":0.007,"currency":"EUR"')
      await (await call(hub, { path, body: chatBody })).text()
      const metrics = await (await call(hub, { path: '/metrics' })).text()
      expect(metrics).toContain('edgewise_hub_spend_total{member="provider/big"} 0.021')
      const [edge] = await hub.listEdges()
      expect(metrics).not.toContain(edge?.id)
    }
    await using store = await openStore({ path: join(folder, 'hub.db') })
    const rows = await store.spending.since('2000-01-01')
    expect(rows.map(({ requests, micros: spent }) => [requests, spent]).toSorted()).toEqual([
      [1, micros],
      [2, 2 * micros],
    ])
  })

  it('is refused in the shape of OpenAI when it is spent, before anything is sent, until the next day', async () => {
    const clock = createFakeClock()
    await using mock = await startMockUpstream({ answer })
    const config = paid(mock, { limits: { perEdge: { moneyPerDay: 0.02 } } })
    await using hub = await testHub({ engines: [], clock, config })
    const body = { ...chatBody, max_tokens: 10 }
    const ask = () => call(hub, { path, body })
    expect((await ask()).status).toBe(200)
    const refused = await ask()
    expect([refused.status, refused.headers['x-should-retry']]).toEqual([429, 'false'])
    expect(refused.headers['retry-after']).toBe('86400')
    expect((await refused.json()).error).toMatchObject({ type: 'insufficient_quota', code: 'budget-exceeded' })
    expect(mock.requests.length).toBe(1)
    expect(await (await call(hub, { path: '/metrics' })).text()).toContain('rejects_total{reason="money"} 1')
    await clock.advance(86_400_000)
    expect((await ask()).status).toBe(200)
  })

  it('never keeps a model of the hub itself from answering', async () => {
    await using mock = await startMockUpstream({ answer })
    const own = scripted(scriptedAnswer(['own']))
    const config = paid(mock, { limits: { perEdge: { moneyPerDay: 0 } } })
    await using hub = await testHub({ engines: [own], config })
    for (let index = 0; index < 10; index += 1) {
      const answered = await call(hub, { path, body: chatBody })
      expect((await answered.json()).choices[0].message.content).toBe('own')
    }
    expect(mock.requests).toEqual([])
  })

  it('limits answers whose length nobody limited', async () => {
    await using mock = await startMockUpstream({ answer })
    const config = paid(mock, { limits: { outputTokens: 33, perEdge: { moneyPerMonth: 100 } } })
    await using hub = await testHub({ engines: [], config })
    await (await call(hub, { path, body: chatBody })).text()
    expect(mock.requests[0]?.body).toMatchObject({ max_tokens: 33 })
  })
})

describe('the rates of an edge', () => {
  it('are its own: another one goes on', async () => {
    const clock = createFakeClock()
    const config = { limits: { perEdge: { requestsPerMinute: 2 } } }
    await using hub = await testHub({ clock, config })
    const [one, two] = [await newEdge(), await newEdge()]
    for (const identity of [one, two]) await joinAs({ token: await hub.mintJoinToken(), identity })
    for (const identity of [one, one, two])
      expect((await call(hub, { path, body: chatBody, identity })).status).toBe(200)
    const refused = await call(hub, { path, body: chatBody, identity: one })
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '30'])
    expect((await refused.json()).error).toMatchObject({ code: 'rate-limited', type: 'rate_limit_error' })
    expect((await call(hub, { path, body: chatBody, identity: two })).status).toBe(200)
    expect((await call(hub, { path, body: chatBody })).status).toBe(200)
    await clock.advance(30_000)
    expect((await call(hub, { path, body: chatBody, identity: one })).status).toBe(200)
  })

  it('count the tokens that were really used, streamed ones too', async () => {
    const clock = createFakeClock()
    const long = scriptedAnswer(['x'], { promptTokens: 50, completionTokens: 900 })
    const config = { limits: { perEdge: { tokensPerMinute: 600 } } }
    await using hub = await testHub({ clock, engines: [scripted(long)], config })
    const streamed = await call(hub, { path, body: { ...chatBody, stream: true } })
    expect(await streamed.text()).toContain('[DONE]')
    const refused = await call(hub, { path, body: chatBody })
    expect(refused.status).toBe(429)
    // 350 tokens too many, and the 16 or so that this request would need.
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(35)
    await clock.advance(Number(refused.headers['retry-after']) * 1000)
    expect((await call(hub, { path, body: chatBody })).status).toBe(200)
  })
})

describe('the places of a hub', () => {
  it('are not all for one edge, and come back when its answers end', async () => {
    const gate = Promise.withResolvers<void>()
    const generator = scripted([gate.promise, ...scriptedAnswer(['x'])])
    await using hub = await testHub({ engines: [generator], config: { limits: { concurrency: 4 } } })
    const greedy = await newEdge()
    await joinAs({ token: await hub.mintJoinToken(), identity: greedy })
    const running = [0, 1].map(() => call(hub, { path, body: chatBody, identity: greedy }))
    while (generator.calls.length < 2) await new Promise((resolve) => setImmediate(resolve))
    const refused = await call(hub, { path, body: chatBody, identity: greedy })
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1'])
    const other = call(hub, { path, body: chatBody })
    while (generator.calls.length < 3) await new Promise((resolve) => setImmediate(resolve))
    gate.resolve()
    for (const one of [...running, other]) expect((await one).status).toBe(200)
    expect((await call(hub, { path, body: chatBody, identity: greedy })).status).toBe(200)
  })

  it('are free again after a request that was refused', async () => {
    await using hub = await testHub({ config: { limits: { concurrency: 1 } } })
    for (const headers of [{ 'x-edgewise-deadline-ms': 'soon' }, { 'x-edgewise-request-id': 'a b' }]) {
      expect((await call(hub, { path, body: chatBody, headers })).status).toBe(400)
    }
    expect((await call(hub, { path, body: '{' })).status).toBe(400)
    expect((await call(hub, { path, body: chatBody })).status).toBe(200)
  })
})

import { afterEach, describe, expect, it } from 'vitest'
import { hubConfigSchema } from '../../src/hub/config.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { startMockUpstream } from '../../src/testing/mock-upstream.ts'
import { call, chatBody, testHub } from './running-hub.ts'

const path = '/v1/chat/completions'
const variable = 'EDGEWISE_TEST_UPSTREAM_KEY'

afterEach(() => {
  delete process.env[variable]
})

function upstream(name: string, url: string, more: object = {}) {
  return { name, url, models: [{ id: 'big', upstreamModel: 'mock-model' }], ...more }
}

describe('a hub before upstream servers', () => {
  it('passes a request on under its own key, and nothing of the headers of the caller', async () => {
    await using mock = await startMockUpstream()
    process.env[variable] = 'sk-upstream'
    const upstreams = [upstream('one', mock.baseUrl, { apiKeyEnv: variable })]
    await using hub = await testHub({ engines: [], config: { upstreams } })
    const headers = { 'x-secret': 'mine', cookie: 'a=b' }
    const answered = await call(hub, { path, body: { ...chatBody, temperature: 0.5 }, headers })
    expect((await answered.json()).choices[0].message.content).toBe('Hello from the mock.')
    const [sent] = mock.requests
    expect(sent?.headers.authorization).toBe('Bearer sk-upstream')
    expect(sent?.body).toMatchObject({ model: 'mock-model', temperature: 0.5, messages: chatBody.messages })
    expect(Object.keys(sent?.headers ?? {})).not.toEqual(expect.arrayContaining(['x-secret']))
    expect(JSON.stringify(sent?.headers)).not.toContain(hub.apiKey)
  })

  it('answers from another one when the first fails before its first byte', async () => {
    await using one = await startMockUpstream({ answer: { pieces: ['one'] } })
    await using two = await startMockUpstream({ answer: { pieces: ['two'] } })
    const upstreams = [upstream('one', one.baseUrl), upstream('two', two.baseUrl)]
    await using hub = await testHub({ engines: [], config: { upstreams } })
    const headers = { 'x-edgewise-conversation': 'c1' }
    const ask = async () =>
      (await (await call(hub, { path, body: chatBody, headers })).json()).choices[0].message.content
    const own = await ask()
    expect(await ask()).toBe(own)
    const [owner, other] = own === 'one' ? [one, two] : [two, one]
    owner.fail({ kind: 'status', status: 503 })
    expect(await ask()).toBe(own === 'one' ? 'two' : 'one')
    owner.fail({ kind: 'cut', afterChunks: 0 })
    expect(await ask()).toBe(own === 'one' ? 'two' : 'one')
    expect(await ask()).toBe(own)
    expect([owner.requests.length, other.requests.length]).toEqual([5, 2])
  })

  it('does not ask another one when the first breaks off in the middle', async () => {
    await using one = await startMockUpstream()
    await using two = await startMockUpstream()
    one.fail({ kind: 'cut', afterChunks: 2 })
    two.fail({ kind: 'cut', afterChunks: 2 })
    const upstreams = [upstream('one', one.baseUrl), upstream('two', two.baseUrl)]
    await using hub = await testHub({ engines: [], config: { upstreams } })
    const text = await (await call(hub, { path, body: { ...chatBody, stream: true } })).text()
    expect(text).toContain('Hello')
    expect(text).toContain('"code":"stream-cut"')
    expect(one.requests.length + two.requests.length).toBe(1)
  })

  it('takes one out that cannot be reached, by its health check, and takes it back', async () => {
    const clock = createFakeClock()
    const mock = await startMockUpstream()
    const { port } = new URL(mock.baseUrl)
    const upstreams = [upstream('one', mock.baseUrl)]
    await using hub = await testHub({ engines: [], clock, config: { upstreams } })
    expect((await call(hub, { path, body: chatBody })).status).toBe(200)
    await mock[Symbol.asyncDispose]()
    const isAvailable = async () =>
      (await (await call(hub, { path: '/metrics' })).text()).includes('member_available{member="one/big"} 1')
    while (await isAvailable()) await clock.advance(5_000)
    const refused = await call(hub, { path, body: chatBody })
    expect([refused.status, (await refused.json()).error.code]).toEqual([503, 'engine-unavailable'])
    await using _again = await startMockUpstream({ port: Number(port) })
    while (!(await isAvailable())) await clock.advance(5_000)
    expect((await call(hub, { path, body: chatBody })).status).toBe(200)
  })

  it('does not start when the variable with an API key is not set', async () => {
    const upstreams = [upstream('one', 'http://127.0.0.1:9/v1', { apiKeyEnv: variable })]
    const starting = testHub({ engines: [], config: { upstreams } })
    await expect(starting).rejects.toMatchObject({ code: 'config-invalid', message: expect.stringContaining(variable) })
  })
})

describe('the settings of a hub', () => {
  it('have defaults for everything', () => {
    expect(hubConfigSchema.parse({})).toMatchObject({ host: '127.0.0.1', port: 4600, models: [], upstreams: [] })
  })

  it.each([
    ['an unknown key', { prot: 1 }],
    [
      'two upstreams of one name',
      { upstreams: [upstream('a', 'http://127.0.0.1:1/v1'), upstream('a', 'http://127.0.0.1:2/v1')] },
    ],
    ['an API key twice', { upstreams: [upstream('a', 'http://127.0.0.1:1/v1', { apiKey: 'x', apiKeyEnv: 'Y' })] }],
    ['no model of an upstream', { upstreams: [upstream('a', 'http://127.0.0.1:1/v1', { models: [] })] }],
    ['an address that is none', { upstreams: [upstream('a', 'localhost:8000')] }],
    ['plain http to another machine', { upstreams: [upstream('far', 'http://192.0.2.1:8000/v1')] }],
    ['a public address without TLS', { publicUrl: 'http://hub.example' }],
  ])('refuse %s', (_name, config) => {
    expect(hubConfigSchema.safeParse(config).success).toBe(false)
  })
})

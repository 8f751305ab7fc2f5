import { describe, expect, it } from 'vitest'
import { mockVector } from '../../../src/testing/mock-upstream/mock-other-answers.ts'
import { startMockUpstream } from '../../../src/testing/mock-upstream.ts'
import { describedSchema, isDescribed } from '../../openai/described-schemas.ts'
import { call, testHub } from '../running-hub.ts'

function upstream(name: string, url: string) {
  const models = [
    { id: 'embedder', upstreamModel: 'e5', capabilities: ['embeddings' as const] },
    { id: 'writer', capabilities: ['completions' as const] },
    { id: 'talker' },
  ]
  return { name, url, models }
}

const vectors = { path: '/v1/embeddings', body: { model: 'embedder', input: ['one', 'two words'] } }
const completion = { path: '/v1/completions', body: { model: 'writer', prompt: 'Once' } }

describe('a hub asked for vectors', () => {
  it('passes the texts on and gives what came, with its tokens', async () => {
    await using mock = await startMockUpstream()
    await using hub = await testHub({ engines: [], config: { upstreams: [upstream('one', mock.baseUrl)] } })
    const answered = await call(hub, vectors)
    const body = await answered.json()
    expect(body).toMatchObject({ object: 'list', model: 'embedder', usage: { prompt_tokens: 3, total_tokens: 3 } })
    expect(body.data.map(({ embedding }: { embedding: readonly number[] }) => embedding)).toEqual(
      ['one', 'two words'].map((text) => [...Float32Array.from(mockVector(text))]),
    )
    expect(mock.requests).toMatchObject([
      { path: '/v1/embeddings', body: { model: 'e5', input: ['one', 'two words'] } },
    ])
    if (isDescribed) expect(describedSchema('CreateEmbeddingResponse').safeParse(body).error).toBeUndefined()
  })

  it('says what they cost where they have a price', async () => {
    await using mock = await startMockUpstream()
    const price = { input: 1000, output: 0 }
    const priced = {
      ...upstream('one', mock.baseUrl),
      models: [{ id: 'embedder', capabilities: ['embeddings' as const], price }],
    }
    await using hub = await testHub({ engines: [], config: { upstreams: [priced], currency: 'EUR' } })
    const { usage } = await (await call(hub, vectors)).json()
    expect(usage).toEqual({ prompt_tokens: 3, total_tokens: 3, cost: 0.003, currency: 'EUR' })
  })

  it('asks another member when the first fails', async () => {
    await using one = await startMockUpstream()
    await using two = await startMockUpstream()
    const upstreams = [upstream('one', one.baseUrl), upstream('two', two.baseUrl)]
    await using hub = await testHub({ engines: [], config: { upstreams } })
    for (const mock of [one, two]) mock.fail({ kind: 'status', status: 503 })
    const tried = await call(hub, vectors)
    expect(tried.status).toBe(502)
    expect([one.requests.length, two.requests.length]).toEqual([1, 1])
    one.fail({ kind: 'raw', contentType: 'text/html', writes: ['<html>'] })
    two.fail({ kind: 'none' })
    expect((await call(hub, vectors)).status).toBe(200)
  })

  it('refuses a model that gives none, and tells edges which do', async () => {
    await using mock = await startMockUpstream()
    await using hub = await testHub({ engines: [], config: { upstreams: [upstream('one', mock.baseUrl)] } })
    const refused = await call(hub, { ...vectors, body: { model: 'writer', input: 'one' } })
    expect([refused.status, (await refused.json()).error.code]).toEqual([400, 'unsupported-field'])
    const listed = await (await call(hub, { path: '/v1/models' })).json()
    expect(listed.data).toMatchObject([{ capabilities: ['embeddings'] }, { capabilities: ['completions'] }, {}])
    expect(mock.requests).toEqual([])
  })

  it('asks for the key as everywhere', async () => {
    await using hub = await testHub()
    for (const asked of [vectors, completion]) expect((await call(hub, { ...asked, key: 'none' })).status).toBe(401)
  })
})

describe('a hub asked to complete a prompt', () => {
  it('passes it on as it is, whole and as a stream', async () => {
    await using mock = await startMockUpstream()
    await using hub = await testHub({ engines: [], config: { upstreams: [upstream('one', mock.baseUrl)] } })
    const whole = await (await call(hub, completion)).json()
    expect(whole).toMatchObject({ object: 'text_completion', choices: [{ text: 'Hello from the mock.' }] })
    const text = await (await call(hub, { ...completion, body: { ...completion.body, stream: true } })).text()
    expect(text).toContain('"text":"Hello"')
    expect(text.trim().endsWith('data: [DONE]')).toBe(true)
    expect(mock.requests[0]).toMatchObject({ path: '/v1/completions', body: { prompt: 'Once', max_tokens: 16 } })
  })

  it('refuses where nobody can', async () => {
    await using mock = await startMockUpstream()
    await using hub = await testHub({ engines: [], config: { upstreams: [upstream('one', mock.baseUrl)] } })
    const refused = await call(hub, { ...completion, body: { model: 'talker', prompt: 'Once' } })
    expect([refused.status, (await refused.json()).error.code]).toEqual([400, 'unsupported-field'])
  })
})

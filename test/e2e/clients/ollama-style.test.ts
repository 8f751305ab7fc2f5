import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordingFetch, startClientEdge } from './client-edge.ts'

describe('an application written for Ollama', () => {
  const wire = recordingFetch()
  let edge: Awaited<ReturnType<typeof startClientEdge>>
  let client: OpenAI
  beforeAll(async () => {
    edge = await startClientEdge()
    // Ollama's own examples write the slash at the end.
    client = new OpenAI({ baseURL: `${edge.baseURL}/`, apiKey: edge.apiKey, maxRetries: 0, fetch: wire.fetch })
  })
  afterAll(async () => {
    expect(await wire.validate()).toBeGreaterThan(3)
    await edge[Symbol.asyncDispose]()
  })

  it('finds its model under the name with a tag, and its fields do no harm', async () => {
    const body = {
      model: 'llama3:latest',
      messages: [{ role: 'user' as const, content: 'Intent: how do i reset my pin' }],
      temperature: 0,
      options: { num_ctx: 2048 },
      keep_alive: '5m',
    }
    const { data, response } = await client.chat.completions.create(body).withResponse()
    expect(data.choices[0]?.message.content).toMatch(/^[a-z_]+$/)
    expect(data.model).toBe('llama3:latest')
    expect(response.headers.get('x-edgewise-ignored-fields')).toBe('options, keep_alive')
    expect(edge.decisions.at(-1)).toMatchObject({
      requestedModel: 'llama3:latest',
      plan: { models: ['edgewise-edge'] },
    })
    const chunks = await Array.fromAsync(await client.chat.completions.create({ ...body, stream: true }))
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(data.choices[0]?.message.content)
  })

  it('lists models, and gets vectors and completions under the names it knows', async () => {
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual([
      'auto',
      'edgewise-edge',
      'far-model',
      'near-embedder',
      'far-embedder',
    ])
    expect((await client.embeddings.create({ model: 'nomic-embed-text', input: 'hot' })).model).toBe('near-embedder')
    const raw = await client.completions.create({ model: 'llama3:latest', prompt: 'The pump', max_tokens: 3 })
    expect(raw.usage?.completion_tokens).toBeLessThanOrEqual(3)
  })
})

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { MockAnswer, RecordedRequest } from '../../../src/testing/mock-upstream.ts'
import { recordingFetch, startClientEdge } from './client-edge.ts'

const question = 'Intent: how do i reset my pin'
const intent = { model: 'auto', temperature: 0, messages: [{ role: 'user' as const, content: question }] }
const cloud = { headers: { 'x-edgewise-mode': 'only-cloud' } }
const parameters = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}

function answer({ body }: RecordedRequest): MockAnswer {
  const { tools, response_format: format } = body as { readonly tools?: unknown; readonly response_format?: unknown }
  if (tools !== undefined) {
    return { pieces: [], toolCalls: [{ id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' }] }
  }
  return { pieces: format === undefined ? ['Hello', ' from', ' afar'] : ['{"city":', '"Oslo"}'] }
}

describe('the openai client before a real edge', () => {
  const wire = recordingFetch()
  let edge: Awaited<ReturnType<typeof startClientEdge>>
  let client: OpenAI
  beforeAll(async () => {
    edge = await startClientEdge(answer)
    client = new OpenAI({ baseURL: edge.baseURL, apiKey: edge.apiKey, maxRetries: 0, fetch: wire.fetch })
  })
  afterAll(() => edge[Symbol.asyncDispose]())
  afterEach(async () => {
    await wire.validate()
  })

  it('chats, whole and as a stream, with the same words', async () => {
    const whole = await client.chat.completions.create(intent)
    const stream = client.chat.completions.stream(intent)
    const streamed = await stream.finalChatCompletion()
    expect(streamed.choices[0]?.message.content).toBe(whole.choices[0]?.message.content)
    expect(whole.choices[0]?.message.content).toMatch(/^[a-z_]+$/)
    expect(await wire.validate()).toBeGreaterThan(3)
  })

  it('gets a response of the local model, finds it again, lists its input and deletes it', async () => {
    const response = await client.responses.create({ model: 'auto', temperature: 0, input: question })
    const { choices, usage } = await client.chat.completions.create(intent)
    expect(response.output_text).toBe(choices[0]?.message.content)
    expect(response.usage).toMatchObject({
      input_tokens: usage?.prompt_tokens,
      output_tokens: usage?.completion_tokens,
    })
    const again = await client.responses.retrieve(response.id)
    expect(again.output_text).toBe(response.output_text)
    const items = await Array.fromAsync(await client.responses.inputItems.list(response.id))
    expect(items).toMatchObject([{ role: 'user', content: [{ type: 'input_text', text: question }] }])
    await client.responses.delete(response.id)
    await expect(client.responses.retrieve(response.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError)
  })

  it('streams a response through its own helper', async () => {
    const deltas: string[] = []
    const stream = client.responses
      .stream({ model: 'auto', temperature: 0, input: question, max_output_tokens: 16 })
      .on('response.output_text.delta', ({ delta }) => deltas.push(delta))
    const final = await stream.finalResponse()
    expect(final.status).toBe('completed')
    expect(deltas.join('')).toBe(final.output_text)
    expect(await wire.validate()).toBeGreaterThanOrEqual(8)
  })

  it('goes on with a response as if everything had been said at once', async () => {
    const first = await client.responses.create({ model: 'auto', temperature: 0, input: question })
    const next = 'Intent: where is my card'
    const second = await client.responses.create({
      model: 'auto',
      temperature: 0,
      input: next,
      previous_response_id: first.id,
    })
    const messages = [
      ...intent.messages,
      { role: 'assistant' as const, content: first.output_text },
      { role: 'user' as const, content: next },
    ]
    const chat = await client.chat.completions.create({ ...intent, messages })
    expect(second.output_text).toBe(chat.choices[0]?.message.content)
    expect(second.usage?.input_tokens).toBe(chat.usage?.prompt_tokens)
  })

  it('calls tools by responses, streamed too, and gives their output back', async () => {
    const tools = [{ type: 'function' as const, name: 'weather', parameters, strict: true }]
    const asked = { model: 'auto', input: 'Is it raining?', tools }
    const response = await client.responses.create(asked, cloud)
    const [call] = response.output
    expect(call).toMatchObject({
      type: 'function_call',
      name: 'weather',
      arguments: '{"city":"Oslo"}',
      call_id: 'call_1',
    })
    const streamed = await client.responses.stream(asked, cloud).finalResponse()
    expect(streamed.output).toMatchObject([{ type: 'function_call', arguments: '{"city":"Oslo"}' }])
    const output = { type: 'function_call_output' as const, call_id: 'call_1', output: 'rain' }
    const onward = { model: 'auto', input: [output], previous_response_id: response.id }
    expect((await client.responses.create(onward, cloud)).output_text).toBe('Hello from afar')
    expect(edge.mock.requests.at(-1)?.body).toMatchObject({
      messages: [
        { role: 'user', content: 'Is it raining?' },
        { role: 'assistant', tool_calls: [{ id: 'call_1', function: { name: 'weather' } }] },
        { role: 'tool', content: 'rain', tool_call_id: 'call_1' },
      ],
    })
  })

  it('gets JSON by a schema that the upstream server is told', async () => {
    const format = { type: 'json_schema' as const, name: 'place', schema: parameters, strict: true }
    const response = await client.responses.create({ model: 'auto', input: 'Where?', text: { format } }, cloud)
    expect(JSON.parse(response.output_text)).toEqual({ city: 'Oslo' })
    expect(edge.mock.requests.at(-1)?.body).toMatchObject({
      response_format: { type: 'json_schema', json_schema: { name: 'place', strict: true, schema: parameters } },
    })
  })

  it('gets vectors of the local model, as base64 by itself and as floats when asked', async () => {
    const asked = { model: 'text-embedding-3-small', input: ['the pump is hot', 'a cold valve'] }
    const base64 = await client.embeddings.create(asked)
    const floats = await client.embeddings.create({ ...asked, encoding_format: 'float' })
    expect(base64.model).toBe('near-embedder')
    expect(base64.usage).toEqual({ prompt_tokens: 6 + 5, total_tokens: 11 })
    expect(base64.data.map(({ embedding }) => embedding)).toEqual(floats.data.map(({ embedding }) => embedding))
    const [first] = floats.data
    expect(Math.hypot(...(first?.embedding ?? []))).toBeCloseTo(1, 5)
    const long = client.embeddings.create({ ...asked, input: 'hot '.repeat(40) })
    await expect(long).rejects.toMatchObject({ status: 400, code: 'context-exceeded', param: 'input.0' })
  })

  it('gets vectors of the hub, through egress and into the accounts', async () => {
    const { data } = await client.embeddings.create({ model: 'far-embedder', input: 'the pump' })
    expect(data[0]?.embedding[0]).toBeCloseTo('the pump'.length / 128, 6)
    expect(edge.mock.requests.at(-1)).toMatchObject({ path: '/v1/embeddings', body: { input: ['the pump'] } })
    const decision = edge.decisions.at(-1)
    expect(decision).toMatchObject({ outcome: 'answered', usage: { promptTokens: 2 }, plan: { placement: 'cloud' } })
    expect(decision?.sent.bytes).toBeGreaterThan(10)
  })

  it('completes a raw prompt as chat completes the same one in its template', async () => {
    const prompt = `<|bos|><|user|>${question}<|end|><|assistant|>`
    const raw = await client.completions.create({ model: 'auto', prompt, temperature: 0, logprobs: 2 })
    const chat = await client.chat.completions.create(intent)
    expect(raw.choices[0]?.text).toBe(chat.choices[0]?.message.content)
    expect(raw.usage).toMatchObject({ prompt_tokens: chat.usage?.prompt_tokens })
    expect(raw.choices[0]?.logprobs?.tokens?.join('')).toBe(raw.choices[0]?.text)
    const stream = await client.completions.create({ model: 'auto', prompt, temperature: 0, stream: true })
    const texts = (await Array.fromAsync(stream)).map(({ choices }) => choices[0]?.text ?? '')
    expect(texts.join('')).toBe(raw.choices[0]?.text)
  })

  it('completes a raw prompt in the cloud, where the upstream server can', async () => {
    const raw = await client.completions.create({ model: 'auto', prompt: 'Once', echo: true }, cloud)
    expect(raw.choices[0]?.text).toBe('OnceHello from afar')
    expect(edge.mock.requests.at(-1)).toMatchObject({
      path: '/v1/completions',
      body: { prompt: 'Once', max_tokens: 16 },
    })
  })

  it('shows an image to the upstream server that can see, and nobody here fetches it', async () => {
    let visits = 0
    const host = createServer((_, response) => {
      visits += 1
      response.end()
    })
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
    const near = `http://127.0.0.1:${(host.address() as AddressInfo).port}/pump.png`
    const url = 'https://images.example.org/pump.png'
    const pixel = 'data:image/png;base64,iVBORw0KGgo='
    const parts = [
      { type: 'text' as const, text: 'What is this?' },
      { type: 'image_url' as const, image_url: { url, detail: 'low' as const } },
      { type: 'image_url' as const, image_url: { url: pixel } },
    ]
    const asked = { model: 'auto', messages: [{ role: 'user' as const, content: parts }] }
    await client.chat.completions.create(asked)
    expect(edge.mock.requests.at(-1)?.body).toMatchObject({ messages: [{ role: 'user', content: parts }] })
    expect(edge.decisions.at(-1)).toMatchObject({ plan: { placement: 'cloud', reason: 'capability' } })
    const input = [
      { role: 'user' as const, content: [{ type: 'input_image' as const, image_url: url, detail: 'auto' as const }] },
    ]
    await client.responses.create({ model: 'auto', input })
    expect(edge.mock.requests.at(-1)?.body).toMatchObject({
      messages: [{ content: [{ type: 'image_url', image_url: { url } }] }],
    })
    const local = client.chat.completions.create(asked, { headers: { 'x-edgewise-mode': 'only-edge' } })
    await expect(local).rejects.toMatchObject({ status: 400, code: 'unsupported-field' })
    const nearby = [{ type: 'image_url' as const, image_url: { url: near } }]
    const refused = client.chat.completions.create({ ...asked, messages: [{ role: 'user', content: nearby }] })
    await expect(refused).rejects.toMatchObject({ status: 400, param: 'messages.0.content.0.image_url.url' })
    host.close()
    expect(visits).toBe(0)
  })

  it('leaves in the middle of a response, and the work stops', async () => {
    const endless = {
      model: 'auto',
      temperature: 1,
      seed: 5,
      input: 'Question: What is anemia?',
      stream: true as const,
    }
    const before = edge.decisions.length
    const stream = await client.responses.create(endless, { headers: { 'x-edgewise-mode': 'only-edge' } })
    for await (const event of stream) if (event.type === 'response.output_text.delta') break
    stream.controller.abort()
    await expect.poll(() => edge.decisions.length).toBe(before + 1)
    expect(['aborted', 'answered']).toContain(edge.decisions.at(-1)?.outcome)
  })

  it('tries again by itself what may succeed, and not what cannot', async () => {
    const patient = client.withOptions({ maxRetries: 1 })
    edge.mock.fail({ kind: 'status', status: 500 })
    const { length } = edge.mock.requests
    const response = await patient.responses.create({ model: 'auto', input: 'hello' }, cloud)
    expect(response.output_text).toBe('Hello from afar')
    expect(edge.mock.requests.length).toBe(length + 2)
    const before = edge.decisions.length
    await expect(patient.responses.create({ model: 'auto', input: 'x', conversation: 'conv_1' })).rejects.toMatchObject(
      {
        status: 400,
        param: 'conversation',
      },
    )
    expect(edge.decisions.length).toBe(before)
  })
})

import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { linkProfile } from '../../src/testing/link-emulator/link-profiles.ts'
import { startTwoMachines, untilLinked } from './two-machines.ts'

const intent = {
  model: 'auto',
  temperature: 0,
  messages: [{ role: 'user' as const, content: 'Intent: how do i reset my pin' }],
}
/** A prompt whose answer runs on for long enough to be cut. */
const long = {
  model: 'auto',
  temperature: 1,
  seed: 5,
  max_tokens: 200,
  messages: [{ role: 'user' as const, content: 'Question: What is anemia?' }],
}

function inMode(mode: string) {
  return { headers: { 'x-edgewise-mode': mode } }
}

describe('two machines and the ordinary client', () => {
  let machines: Awaited<ReturnType<typeof startTwoMachines>>
  beforeAll(async () => {
    machines = await startTwoMachines()
    await untilLinked(machines.client)
  })
  afterAll(() => machines[Symbol.asyncDispose]())

  it('lists both models and auto', async () => {
    const { data } = await machines.client.models.list()
    expect(data.map(({ id }) => id)).toEqual(['auto', 'edgewise-edge', 'edgewise-cloud'])
  })

  it.each([
    ['only-edge', 'local', 'edgewise-edge'],
    ['prefer-edge', 'local', 'edgewise-edge'],
    ['prefer-cloud', 'cloud', 'edgewise-cloud'],
    ['only-cloud', 'cloud', 'edgewise-cloud'],
  ])('answers in mode %s at %s by %s', async (mode, placement, model) => {
    const { data, response } = await machines.client.chat.completions.create(intent, inMode(mode)).withResponse()
    expect(response.headers.get('x-edgewise-placement')).toBe(placement)
    expect(data).toMatchObject({ edgewise: { placement, model } })
    expect(data.choices[0]?.message.content).toMatch(/^[a-z_]+$/)
    expect(data.usage?.completion_tokens).toBeGreaterThan(0)
  })

  it('streams with usage, and names the place in the last chunk', async () => {
    const stream = await machines.client.chat.completions.create(
      { ...intent, stream: true, stream_options: { include_usage: true } },
      inMode('only-cloud'),
    )
    const chunks = await Array.fromAsync(stream)
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toMatch(/^[a-z_]+$/)
    expect(chunks.find((chunk) => 'edgewise' in chunk)).toMatchObject({
      edgewise: { placement: 'cloud', model: 'edgewise-cloud' },
    })
    expect(chunks.at(-1)?.usage?.total_tokens).toBeGreaterThan(1)
  })

  it('gives log-probabilities from either side', async () => {
    for (const mode of ['only-edge', 'only-cloud']) {
      const answer = await machines.client.chat.completions.create(
        { ...intent, logprobs: true, top_logprobs: 2 },
        inMode(mode),
      )
      const [first] = answer.choices[0]?.logprobs?.content ?? []
      expect(first?.logprob).toBeLessThanOrEqual(0)
      expect(first?.top_logprobs).toHaveLength(2)
    }
  })

  it('gives the same text for the same seed, and greedy text whatever the seed', async () => {
    const once = () => machines.client.chat.completions.create({ ...long, max_tokens: 20 }, inMode('only-edge'))
    const [first, second] = [await once(), await once()]
    expect(first.choices[0]?.message.content).toBe(second.choices[0]?.message.content)
  })

  it('stops the hub when the client aborts', async () => {
    const stream = await machines.client.chat.completions.create({ ...long, stream: true }, inMode('only-cloud'))
    for await (const _chunk of stream) break
    stream.controller.abort()
    const { response } = await machines.client.chat.completions.create(intent, inMode('only-cloud')).withResponse()
    expect(response.status).toBe(200)
  })

  it('refuses a wrong key and a foreign Host or Origin', async () => {
    const wrong = new OpenAI({ baseURL: `${machines.edge.url}/v1`, apiKey: 'ew-wrong-key-0123456789', maxRetries: 0 })
    await expect(wrong.models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError)
    const foreign = machines.client.withOptions({ defaultHeaders: { origin: 'https://evil.example' } })
    await expect(foreign.models.list()).rejects.toBeInstanceOf(OpenAI.PermissionDeniedError)
  })

  it('refuses a prompt over the context, with both numbers', async () => {
    const content = 'word '.repeat(2000)
    const asked = machines.client.chat.completions.create(
      { ...intent, messages: [{ role: 'user', content }] },
      inMode('only-edge'),
    )
    await expect(asked).rejects.toMatchObject({ status: 400, code: 'context-exceeded' })
    await expect(asked).rejects.toThrow(/512/)
  })

  it('goes on at the edge when the link is cut in the middle of an answer, then answers without it, then uses it again', async () => {
    machines.link.setProfile({ ...linkProfile('lan'), downBitsPerSecond: 60_000 })
    const stream = await machines.client.chat.completions.create({ ...long, stream: true }, inMode('prefer-cloud'))
    const chunks: OpenAI.ChatCompletionChunk[] = []
    for await (const chunk of stream) {
      chunks.push(chunk)
      if (chunks.length === 4) machines.link.cut()
    }
    const last = chunks.find((chunk) => 'edgewise' in chunk)
    expect(last).toMatchObject({ edgewise: { placement: 'local', model: 'edgewise-edge' } })
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toMatch(/stop|length/)

    const alone = await machines.client.chat.completions.create(intent, inMode('prefer-cloud')).withResponse()
    expect(alone.response.headers.get('x-edgewise-placement')).toBe('local')
    expect(alone.response.headers.get('x-edgewise-reason')).toBe('link-down')
    const refused = machines.client.chat.completions.create(intent, inMode('only-cloud'))
    await expect(refused).rejects.toMatchObject({ status: 503, code: 'link-down' })

    machines.link.setProfile(linkProfile('lan'))
    const placement = async () => {
      const { response } = await machines.client.chat.completions.create(intent, inMode('prefer-cloud')).withResponse()
      return response.headers.get('x-edgewise-placement')
    }
    await expect.poll(placement, { timeout: 15_000, interval: 100 }).toBe('cloud')
  })

  it('tells the decision of every request', async () => {
    const { data } = await machines.client.chat.completions.create(intent, inMode('prefer-cloud')).withResponse()
    const decision = await machines.client.get<Record<string, unknown>>(
      `${machines.edge.url}/edgewise/v1/requests/${data.id}`,
    )
    expect(decision).toMatchObject({
      outcome: 'answered',
      plan: { placement: 'cloud', fallback: 'local' },
      sent: { disclosed: 'plain', destinations: [expect.stringContaining('https://127.0.0.1')] },
    })
    expect((decision as { sent: { bytes: number } }).sent.bytes).toBeGreaterThan(50)
    expect(JSON.stringify(decision)).not.toContain('reset my pin')
  })

  it('cuts an edge off that is revoked', async () => {
    const [joined] = await machines.hub.listEdges()
    await machines.hub.revokeEdge(joined?.id ?? '')
    const refused = machines.client.chat.completions.create(intent, inMode('only-cloud'))
    await expect(refused).rejects.toBeInstanceOf(OpenAI.APIError)
    const local = await machines.client.chat.completions.create(intent, inMode('prefer-cloud')).withResponse()
    expect(local.response.headers.get('x-edgewise-placement')).toBe('local')
  })
})

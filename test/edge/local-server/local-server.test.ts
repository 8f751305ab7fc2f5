import { describe, expect, it } from 'vitest'
import { type LocalServer, openLocalServer } from '../../../src/edge/local-server/local-server.ts'
import { type LocalServerSettings, localServerSchema } from '../../../src/edge/local-server/settings.ts'
import { createEgress, type EgressRecord } from '../../../src/privacy/egress/egress.ts'
import { admitOnPremises } from '../../../src/privacy/on-premises.ts'
import type { EdgewiseError } from '../../../src/spec/errors.ts'
import type { Clock } from '../../../src/spec/ports.ts'
import type { InferenceRequest } from '../../../src/spec/request.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { llamaServerPages, lmStudioPages, ollamaPages } from '../../../src/testing/mock-upstream/local-server-pages.ts'
import { type MockUpstream, type MockUpstreamOptions, startMockUpstream } from '../../../src/testing/mock-upstream.ts'
import { someRequest } from '../../engines/some-request.ts'
import { freePort } from '../../privacy/egress/egress-subject.ts'

const never = new AbortController().signal

interface Opened extends AsyncDisposable {
  readonly server: LocalServer
  readonly sends: readonly EgressRecord[]
  readonly troubles: readonly EdgewiseError[]
}

async function open(
  url: string,
  changes: Partial<LocalServerSettings> = {},
  clock: Clock = systemClock,
): Promise<Opened> {
  await using opened = new AsyncDisposableStack()
  const settings: LocalServerSettings = { ...localServerSchema.parse({ url, model: 'small' }), ...changes }
  const sends: EgressRecord[] = []
  const troubles: EdgewiseError[] = []
  const egress = opened.use(
    createEgress({
      destinations: [{ origin: new URL(url).origin }],
      record: (send) => sends.push(send),
      clock: systemClock,
    }),
  )
  const server = opened.use(
    await openLocalServer({
      settings,
      egress,
      admit: admitOnPremises(settings),
      clock,
      onTrouble: (error) => troubles.push(error),
    }),
  )
  const all = opened.move()
  return { server, sends, troubles, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

async function withMock<T>(options: MockUpstreamOptions, use: (mock: MockUpstream) => Promise<T>): Promise<T> {
  await using mock = await startMockUpstream({ models: ['small'], ...options })
  return await use(mock)
}

async function textOf(server: LocalServer, request: InferenceRequest): Promise<string> {
  const parts = await Array.fromAsync(server.generate(request, never))
  return parts.map((part) => (part.type === 'text-delta' ? part.text : '')).join('')
}

const dialects = [
  {
    name: 'Ollama',
    pages: ollamaPages({ capabilities: ['completion', 'tools', 'thinking'], contextTokens: 16_384 }),
    capabilities: ['json', 'completions', 'tools'],
    contextTokens: 16_384,
  },
  {
    name: 'Ollama without num_ctx',
    pages: ollamaPages(),
    capabilities: ['json', 'completions'],
    contextTokens: undefined,
  },
  {
    name: 'llama-server',
    pages: llamaServerPages({ contextTokens: 4096, tools: true, vision: true }),
    capabilities: ['json', 'logprobs', 'completions', 'tools', 'vision'],
    contextTokens: 4096,
  },
  {
    name: 'LM Studio',
    pages: lmStudioPages({ model: 'small', type: 'vlm', tools: true, contextTokens: 2048 }),
    capabilities: ['json', 'completions', 'tools', 'vision'],
    contextTokens: 2048,
  },
  { name: 'any other server', pages: {}, capabilities: [], contextTokens: undefined },
]

describe('a model server on this machine', () => {
  it.each(dialects)('tells what its model can do: $name', ({ pages, capabilities, contextTokens }) =>
    withMock({ pages }, async ({ baseUrl }) => {
      await using opened = await open(baseUrl)
      expect(opened.server.unavailable()).toBe(undefined)
      expect([...opened.server.capabilities]).toEqual(capabilities)
      expect(opened.server.contextTokens).toBe(contextTokens)
    }),
  )

  it('is believed less than the owner', () =>
    withMock({ pages: ollamaPages({ contextTokens: 100 }) }, async ({ baseUrl }) => {
      await using opened = await open(baseUrl, { capabilities: ['logprobs'], contextTokens: 7 })
      expect([...opened.server.capabilities]).toEqual(['logprobs'])
      expect(opened.server.contextTokens).toBe(7)
    }))

  it('answers requests as they are, through egress, and its speed is measured', () =>
    withMock({}, async (mock) => {
      await using opened = await open(mock.baseUrl)
      expect(await textOf(opened.server, someRequest('Anna Berg, +49 170 1234567'))).toBe('Hello from the mock.')
      expect(mock.requests[0]?.body).toMatchObject({
        model: 'small',
        messages: [{ role: 'user', content: 'Anna Berg, +49 170 1234567' }],
      })
      expect(opened.sends.at(-1)).toMatchObject({ purpose: 'inference', hasContent: true, outcome: 'answered' })
      expect(opened.server.stats()).toMatchObject({ running: 0, decodeTokensPerSecond: expect.any(Number) })
    }))

  it('takes a name without a tag for the latest in Ollama', () =>
    withMock({ models: ['small:latest'], pages: ollamaPages() }, async ({ baseUrl }) => {
      await using opened = await open(baseUrl)
      expect(opened.server.unavailable()).toBe(undefined)
    }))

  it('is unavailable, and says why, when it does not offer the model', () =>
    withMock({ models: ['other'], pages: ollamaPages() }, async ({ baseUrl }) => {
      await using opened = await open(baseUrl)
      expect(opened.server.unavailable()).toMatch(/Ollama at .* does not offer small; it offers other/)
      expect(opened.troubles).toMatchObject([{ code: 'model-not-found' }])
      await expect(textOf(opened.server, someRequest('hello'))).rejects.toMatchObject({ code: 'engine-unavailable' })
    }))

  it('is refused when it would send requests on to a cloud', () =>
    withMock({ pages: ollamaPages({ relaysTo: 'https://ollama.com:443' }) }, async (mock) => {
      await using opened = await open(mock.baseUrl)
      expect(opened.server.unavailable()).toMatch(/send what small is asked on to https:\/\/ollama.com/)
      await expect(textOf(opened.server, someRequest('hello'))).rejects.toMatchObject({ code: 'engine-unavailable' })
      expect(mock.requests).toEqual([])
    }))

  it('is asked only for what it heeds', () =>
    withMock({ pages: ollamaPages({ capabilities: ['completion', 'tools'] }) }, async (mock) => {
      await using opened = await open(mock.baseUrl)
      const tools = [{ name: 'look' }]
      const sampling = { temperature: 1, topP: 1, topK: 0 }
      const refused: [string, Partial<InferenceRequest>][] = [
        ['tool_choice', { tools, toolChoice: 'required' }],
        ['tool_choice', { tools, toolChoice: { name: 'look' } }],
        ['top_k', { sampling: { ...sampling, topK: 5 } }],
        ['min_p', { sampling: { ...sampling, minP: 0.1 } }],
        ['logit_bias', { sampling: { ...sampling, logitBias: { '1': 1 } } }],
        ['repetition_penalty', { sampling: { ...sampling, repetitionPenalty: 1.1 } }],
      ]
      for (const [param, changes] of refused) {
        const asking = textOf(opened.server, someRequest('hello', changes))
        await expect(asking).rejects.toMatchObject({ code: 'unsupported-field', param })
      }
      expect(mock.requests).toEqual([])
      await textOf(opened.server, someRequest('hello', { tools, toolChoice: 'none' }))
      expect(mock.requests[0]?.body).not.toHaveProperty('tools')
    }))

  it('is found once it comes up, and found again after it went away', async () => {
    const port = await freePort()
    const clock = createFakeClock()
    await using opened = await open(`http://127.0.0.1:${port}/v1`, {}, clock)
    expect(opened.server.unavailable()).toMatch(/ECONNREFUSED/)
    expect(opened.troubles).toHaveLength(1)
    for (const round of [1, 2]) {
      await using _ = await startMockUpstream({ models: ['small'], port })
      await expect.poll(() => clock.pendingDelays).toBe(1)
      await clock.advance(1000)
      await expect.poll(() => opened.server.unavailable()).toBe(undefined)
      expect(await textOf(opened.server, someRequest(`round ${round}`))).toBe('Hello from the mock.')
      if (round === 2) return
      await _[Symbol.asyncDispose]()
      await expect(textOf(opened.server, someRequest('gone'))).rejects.toMatchObject({ code: 'link-down' })
      expect(opened.server.unavailable()).toMatch(/127.0.0.1/)
    }
  })
})

describe('the settings of a model server', () => {
  it.each(['http://127.0.0.1:11434/v1', 'http://localhost:8080/v1', 'http://[::1]:1234/v1'])('take %s', (url) => {
    expect(localServerSchema.safeParse({ url, model: 'm' }).success).toBe(true)
  })

  it('refuse another machine unless the owner vouches for it, and plain http to it always', () => {
    const of = (url: string, onPremises: boolean) => localServerSchema.safeParse({ url, model: 'm', onPremises })
    expect(of('https://gpu.plant.example/v1', false).error?.issues[0]?.message).toMatch(/onPremises: true/)
    expect(of('https://gpu.plant.example/v1', true).success).toBe(true)
    expect(of('http://gpu.plant.example/v1', true).success).toBe(false)
    expect(() => admitOnPremises({ url: 'https://gpu.plant.example/v1', onPremises: false })).toThrow(/another machine/)
  })

  it('let a request go to that server alone', async () => {
    await using here = await startMockUpstream({ models: ['small'] })
    await using elsewhere = await startMockUpstream({ models: ['small'] })
    await using egress = createEgress({
      destinations: [here, elsewhere].map(({ baseUrl }) => ({ origin: new URL(baseUrl).origin })),
      record: () => undefined,
      clock: systemClock,
    })
    const settings = localServerSchema.parse({ url: elsewhere.baseUrl, model: 'small' })
    const admit = admitOnPremises({ url: here.baseUrl, onPremises: false })
    await using server = await openLocalServer({
      settings,
      egress,
      admit,
      clock: systemClock,
      onTrouble: () => undefined,
    })
    await expect(textOf(server, someRequest('secret'))).rejects.toMatchObject({ code: 'egress-denied' })
    expect(elsewhere.requests).toEqual([])
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EdgeConfig, edgeConfigSchema } from '../../src/edge/config.ts'
import { type RunningEdge, startEdge } from '../../src/edge/presets/node.ts'
import type { Decision } from '../../src/spec/decision.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'
import { systemClock } from '../../src/spec/system-clock.ts'
import { type MockUpstream, startMockUpstream } from '../../src/testing/mock-upstream.ts'
import { startClientEdge } from './clients/client-edge.ts'

const nothing = () => undefined
const log = { debug: nothing, info: nothing, warn: nothing, error: (...words: unknown[]) => console.error(...words) }
const hello = { model: 'auto', messages: [{ role: 'user' as const, content: 'hello' }] }

/** A real edge with the bundled model before a mock upstream; `settings.asked` is what it reads when it reads its settings anew. */
async function startReloadable() {
  await using opened = new AsyncDisposableStack()
  const stateFolder = await mkdtemp(join(tmpdir(), 'edgewise-robust-'))
  opened.defer(() => rm(stateFolder, { recursive: true, force: true }))
  const mock = opened.use(await startMockUpstream({ answer: { pieces: ['from', ' the', ' first'] } }))
  const settings = { asked: settingsFor(mock) }
  const decisions: Decision[] = []
  const edge = await startEdge({
    config: settings.asked,
    stateFolder,
    clock: systemClock,
    log,
    onDecision: (decision) => decisions.push(decision),
    readConfig: async () => {
      if (settings.asked === undefined) throw new EdgewiseError('config-invalid', 'edgewise.yaml:3:9 is wrong')
      return settings.asked
    },
  })
  opened.defer(() => edge.close())
  await untilKnown(edge)
  const rest = opened.move()
  return { edge, mock, settings, decisions, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}

function settingsFor({ baseUrl }: Pick<MockUpstream, 'baseUrl'>, more: object = {}): EdgeConfig {
  const policy = { mode: 'only-cloud', privacy: { personalData: 'allow' } }
  return edgeConfigSchema.parse({ port: 0, threads: 1, hub: { url: new URL(baseUrl).origin }, policy, ...more })
}

async function untilKnown(edge: RunningEdge): Promise<void> {
  await expect
    .poll(async () => (await call(edge, 'status', 'GET')).json(), { timeout: 10_000 })
    .toMatchObject({
      cloud: 'mock-model',
    })
}

function call({ url, apiKey }: RunningEdge, path: string, method = 'POST'): Promise<Response> {
  return fetch(`${url}/edgewise/v1/${path}`, { method, headers: { authorization: `Bearer ${apiKey}` } })
}

function clientOf({ url, apiKey }: RunningEdge, options: object = {}): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0, ...options })
}

describe('a client that gives up and tries again', () => {
  it.each([{ stream: false }, { stream: true }])(
    'gets the answer that its first attempt asked for, from one upstream request (stream: $stream)',
    async ({ stream }) => {
      await using given = await startReloadable()
      given.mock.fail({ kind: 'delay' })
      let attempts = 0
      const counting: typeof fetch = (...request) => {
        attempts += 1
        // Whether the retry is there before the answer or after it, there is one generation.
        if (attempts === 2) given.mock.release()
        return fetch(...request)
      }
      const client = clientOf(given.edge, { maxRetries: 2, timeout: 400, fetch: counting })
      const asked = client.chat.completions.create({ ...hello, stream })
      await expect.poll(() => given.mock.stalled, { timeout: 5000 }).toBe(1)
      const answer = await asked
      let text = ''
      if ('choices' in answer) text = answer.choices[0]?.message.content ?? ''
      else for await (const chunk of answer) text += chunk.choices[0]?.delta.content ?? ''
      expect(text).toBe('from the first')
      expect(given.mock.requests).toHaveLength(1)
      expect(given.decisions).toHaveLength(1)
      expect(given.decisions[0]?.outcome).toBe('answered')
    },
  )

  it('is counted in the decision, also when the answer was whole before', async () => {
    await using given = await startReloadable()
    const client = clientOf(given.edge)
    const headers = { 'idempotency-key': 'once' }
    const first = await client.chat.completions.create(hello, { headers })
    const second = await client.chat.completions.create(hello, { headers })
    expect(second).toEqual(first)
    expect(given.mock.requests).toHaveLength(1)
    await expect
      .poll(async () => (await call(given.edge, `requests/${first.id}`, 'GET')).json())
      .toMatchObject({ joins: 1, usage: given.decisions[0]?.usage })
  })
})

describe('settings read anew', () => {
  it('hold for new requests, while a running stream ends as it began', async () => {
    await using given = await startReloadable()
    await using other = await startMockUpstream({ answer: { pieces: ['from the second'] }, models: ['other-model'] })
    const { edge, mock, settings } = given
    mock.fail({ kind: 'stall', afterChunks: 1 })
    const stream = await clientOf(edge).chat.completions.create({ ...hello, stream: true })
    const chunks = stream[Symbol.asyncIterator]()
    let text = ''
    while (text === '') text += (await chunks.next()).value?.choices[0]?.delta.content ?? ''

    settings.asked = settingsFor(other, { allowedHosts: ['box.example'], kvBudgetMiB: 1 })
    const report = (await (await call(edge, 'reload')).json()) as object
    expect(report).toEqual({ changed: ['hub.url', 'allowedHosts'], needsRestart: ['kvBudgetMiB'] })
    const { choices } = await clientOf(edge).chat.completions.create(hello)
    expect(choices[0]?.message.content).toBe('from the second')

    mock.release()
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next())
      text += next.value.choices[0]?.delta.content ?? ''
    expect(text).toBe('from the first')
    expect(mock.requests).toHaveLength(1)
    expect(other.requests).toHaveLength(1)
  })

  it('let go of the link to a hub that they do not name any more', async () => {
    await using given = await startReloadable()
    const sockets = new Set<Socket>()
    const models = '{"data":[{"id":"model"}]}'
    const hub = createServer({ keepAliveTimeout: 60_000 }, (_, response) =>
      response.setHeader('content-type', 'application/json').end(models),
    )
    hub.on('connection', (socket) => sockets.add(socket.once('close', () => sockets.delete(socket))))
    await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve))
    const { port } = hub.address() as AddressInfo
    given.settings.asked = settingsFor({ baseUrl: `http://127.0.0.1:${port}` })
    await given.edge.reload()
    await expect.poll(() => sockets.size).toBeGreaterThan(0)
    given.settings.asked = settingsFor(given.mock)
    await given.edge.reload()
    await expect.poll(() => sockets.size).toBe(0)
    hub.close()
  })

  it('change nothing when they are not good, and say why', async () => {
    await using given = await startReloadable()
    const { edge, settings } = given
    settings.asked = undefined as never
    const refused = await call(edge, 'reload')
    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({
      error: { code: 'config-invalid', message: 'edgewise.yaml:3:9 is wrong' },
    })
    settings.asked = settingsFor(given.mock, {
      policy: { privacy: { personalData: 'allow' }, cascade: { calibration: 'nowhere.json' } },
    })
    expect(await (await call(edge, 'reload')).json()).toMatchObject({
      error: { message: expect.stringContaining('nowhere.json') },
    })
    const { choices } = await clientOf(edge).chat.completions.create(hello)
    expect(choices[0]?.message.content).toBe('from the first')
  })

  it('take effect on limits and policy, one after the other', async () => {
    await using given = await startReloadable()
    const { edge, mock, settings } = given
    settings.asked = settingsFor(mock, { limits: { bodyBytes: 1024 } })
    const first = call(edge, 'reload')
    expect(await (await first).json()).toEqual({ changed: ['limits.bodyBytes'], needsRestart: [] })
    const long = { ...hello, messages: [{ role: 'user' as const, content: 'x'.repeat(2000) }] }
    await expect(clientOf(edge).chat.completions.create(long)).rejects.toMatchObject({ status: 413 })
    settings.asked = settingsFor(mock, { policy: { mode: 'only-edge' } })
    const [second, third] = await Promise.all([edge.reload(), edge.reload()])
    expect(second.changed).toContain('policy.mode')
    expect(third).toEqual({ changed: [], needsRestart: [] })
    const { response } = await clientOf(edge)
      .chat.completions.create({ ...hello, max_tokens: 4 })
      .withResponse()
    expect(response.headers.get('x-edgewise-placement')).toBe('local')
    expect((await fetch(`${edge.url}/edgewise/v1/reload`, { method: 'POST' })).status).toBe(401)
  })
})

describe('work that is not wanted any more, with a real edge and a real hub', () => {
  let edge: Awaited<ReturnType<typeof startClientEdge>>
  beforeAll(async () => {
    edge = await startClientEdge()
  }, 60_000)
  afterAll(() => edge?.[Symbol.asyncDispose]())

  const cloud = { 'x-edgewise-mode': 'only-cloud' }
  const client = () => new OpenAI({ baseURL: edge.baseURL, apiKey: edge.apiKey, maxRetries: 0 })
  /** How many answers the engine at the edge is at work on. */
  const localWork = async () => {
    const response = await fetch(`${new URL(edge.baseURL).origin}/edgewise/v1/status`, {
      headers: { authorization: `Bearer ${edge.apiKey}` },
    })
    return ((await response.json()) as { local: { running: number; kvBytes: number } }).local
  }

  it('ends at the deadline on both sides', async () => {
    // Until an answer came over the link, it is taken to be too slow for such a deadline.
    await client().chat.completions.create(hello, { headers: cloud })
    await edge.mock.nextRequest()
    edge.mock.fail({ kind: 'delay' })
    const began = performance.now()
    const asked = client().chat.completions.create(hello, { headers: { ...cloud, 'x-edgewise-deadline-ms': '2500' } })
    asked.catch(() => undefined)
    const atMock = await edge.mock.nextRequest()
    await expect(asked).rejects.toMatchObject({ status: 504, code: 'deadline-exceeded' })
    expect(await atMock.outcome).toBe('cut')
    expect(performance.now() - began).toBeLessThan(8000)
    expect(edge.mock.stalled).toBe(0)
  })

  it('ends in the cloud when the client leaves a stream', async () => {
    edge.mock.fail({ kind: 'stall', afterChunks: 1 })
    const stream = await client().chat.completions.create({ ...hello, stream: true }, { headers: cloud })
    const atMock = await edge.mock.nextRequest()
    for await (const _ of stream) break
    stream.controller.abort()
    expect(await atMock.outcome).toBe('cut')
    await expect.poll(() => edge.decisions.at(-1)?.outcome).toBe('aborted')
  })

  it('ends in the local engine when the client leaves a stream', async () => {
    const endless = { ...hello, stream: true as const, temperature: 1, seed: 5 }
    const stream = await client().chat.completions.create(endless, { headers: { 'x-edgewise-mode': 'only-edge' } })
    for await (const _ of stream) break
    stream.controller.abort()
    await expect.poll(async () => (await localWork()).running).toBe(0)
  })

  it('ends in the local engine at the deadline', async () => {
    const endless = { ...hello, temperature: 1, seed: 5, max_tokens: 2000 }
    const headers = { 'x-edgewise-mode': 'only-edge', 'x-edgewise-deadline-ms': '30' }
    const outcome = await client()
      .chat.completions.create(endless, { headers })
      .then(
        () => 'answered',
        (error: { readonly code: string }) => error.code,
      )
    expect(['deadline-exceeded', 'answered']).toContain(outcome)
    await expect.poll(async () => (await localWork()).running).toBe(0)
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { edgeConfigSchema } from '../../src/edge/config.ts'
import { type RunningEdge, startEdge } from '../../src/edge/presets/node.ts'
import { systemClock } from '../../src/spec/system-clock.ts'
import { ollamaPages } from '../../src/testing/mock-upstream/local-server-pages.ts'
import { startMockUpstream } from '../../src/testing/mock-upstream.ts'
import { writeTinyGguf } from '../../src/testing/tiny-gguf/write-tiny-gguf.ts'
import { library } from '../engines/llama-cpp/installed-llama.ts'
import { freePort } from '../privacy/egress/egress-subject.ts'
import { clientOf } from './two-machines.ts'

const nothing = () => undefined
const log = { debug: nothing, info: nothing, warn: nothing, error: (...words: unknown[]) => console.error(...words) }
const content = 'Write to Anna Berg, anna.berg@example.org'
const question = { model: 'auto', max_tokens: 8, messages: [{ role: 'user' as const, content }] }
let stateFolder: string

beforeEach(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'edgewise-local-'))
})

afterEach(() => rm(stateFolder, { recursive: true, force: true }))

async function start(model: unknown): Promise<RunningEdge & AsyncDisposable> {
  const config = edgeConfigSchema.parse({ port: 0, threads: 1, kvBudgetMiB: 8, model })
  const edge = await startEdge({ config, stateFolder, clock: systemClock, log })
  return Object.assign(edge, { [Symbol.asyncDispose]: () => edge.close() })
}

async function decisionOf(edge: RunningEdge, requestId: string | null) {
  const headers = { authorization: `Bearer ${edge.apiKey}` }
  const response = await fetch(`${edge.url}/edgewise/v1/requests/${requestId}`, { headers })
  return (await response.json()) as { sent: { bytes?: number; disclosed?: string } }
}

describe('an edge over a model server of this machine', () => {
  it('has it answer what may not leave, as it is, and counts nothing as sent', async () => {
    await using server = await startMockUpstream({ models: ['small:latest'], pages: ollamaPages() })
    await using edge = await start({ url: server.baseUrl, model: 'small' })
    const { data, response } = await clientOf(edge).chat.completions.create(question).withResponse()
    expect(data.choices[0]?.message.content).toBe('Hello from the mock.')
    expect(response.headers.get('x-edgewise-placement')).toBe('local')
    expect(server.requests[0]?.body).toMatchObject({ model: 'small', messages: [{ content }] })
    expect(server.requests[0]?.headers.authorization).toBe(undefined)
    const { sent } = await decisionOf(edge, response.headers.get('x-edgewise-request-id'))
    expect(sent).toMatchObject({ bytes: 0, disclosed: 'nothing' })
  })

  it('boots while that server is down, and says so', async () => {
    await using edge = await start({ url: `http://127.0.0.1:${await freePort()}/v1`, model: 'small' })
    const asking = clientOf(edge).chat.completions.create(question)
    await expect(asking).rejects.toMatchObject({ status: 503 })
    await expect(asking).rejects.toThrow(/ECONNREFUSED/)
  })
})

describe.skipIf(library === undefined)('an edge over a GGUF file', () => {
  it('answers with it, streams it and gives JSON as asked', async () => {
    const path = join(stateFolder, 'tiny.gguf')
    await writeTinyGguf({ path, seed: 3, contextTokens: 1024 })
    await using edge = await start(path)
    const client = clientOf(edge)
    const { data, response } = await client.chat.completions.create(question).withResponse()
    expect(data.usage?.completion_tokens).toBeGreaterThan(0)
    expect(response.headers.get('x-edgewise-placement')).toBe('local')
    const schema = {
      type: 'object',
      properties: { ok: { type: 'boolean' } },
      required: ['ok'],
      additionalProperties: false,
    }
    const json = await client.chat.completions.create({
      ...question,
      max_tokens: 200,
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } },
    })
    expect(JSON.parse(json.choices[0]?.message.content ?? '')).toEqual({ ok: expect.any(Boolean) })
  })
})

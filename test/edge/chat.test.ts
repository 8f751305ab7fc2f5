import { describe, expect, it } from 'vitest'
import { EdgewiseError } from '../../src/spec/errors.ts'
import { scriptedAnswer } from '../../src/testing/scripted-generator.ts'
import { finish, sure } from '../placements/request.ts'
import { startScriptedEdge } from './scripted-edge.ts'

const allow = { privacy: { personalData: 'allow' } }
const both = { localScript: [scriptedAnswer(['local'])], cloudScript: [scriptedAnswer(['cloud'])] }
const hello = { model: 'auto', messages: [{ role: 'user', content: 'hello' }] }

async function contentOf(response: Response): Promise<string> {
  const body = (await response.json()) as { choices: { message: { content: string } }[] }
  return body.choices[0]?.message.content ?? ''
}

function place({ headers }: Response) {
  return { placement: headers.get('x-edgewise-placement'), reason: headers.get('x-edgewise-reason') }
}

describe('chat completions at the edge', () => {
  it('answers, names the place, and keeps the decision without a word of content', async () => {
    await using edge = await startScriptedEdge({ ...both, policy: allow })
    const response = await edge.post(hello)
    expect(response.status).toBe(200)
    expect(place(response)).toEqual({ placement: 'local', reason: 'prefer-edge' })
    expect(await contentOf(response)).toBe('local')
    const id = response.headers.get('x-edgewise-request-id')
    const decision = await (await edge.get(`/edgewise/v1/requests/${id}`)).json()
    expect(decision).toMatchObject({ requestId: id, keyId: 'key-1', outcome: 'answered', plan: { placement: 'local' } })
    expect(JSON.stringify(edge.decisions)).not.toMatch(/hello|"local answer/)
    expect(edge.decisions).toHaveLength(1)
  })

  it.each([
    ['only-edge', 'local'],
    ['only_on_device', 'local'],
    ['prefer-cloud', 'cloud'],
    ['only_in_cloud', 'cloud'],
  ])('obeys the mode %s from a header', async (mode, expected) => {
    await using edge = await startScriptedEdge({ ...both, policy: allow })
    const response = await edge.post(hello, { 'x-edgewise-mode': mode })
    expect(await contentOf(response)).toBe(expected)
    expect(place(response).placement).toBe(expected)
  })

  it('sends nothing away while policy does not spell out that it may', async () => {
    await using edge = await startScriptedEdge(both)
    const response = await edge.post(hello, { 'x-edgewise-mode': 'prefer-cloud' })
    expect(place(response)).toEqual({ placement: 'local', reason: 'privacy' })
    const pinned = await edge.post(hello, { 'x-edgewise-mode': 'only-cloud' })
    expect(place(pinned)).toEqual({ placement: 'local', reason: 'privacy' })
    expect(edge.cloud?.calls).toHaveLength(0)
  })

  it('answers 503 with Retry-After and the reason when only the cloud may answer and the link is down', async () => {
    await using edge = await startScriptedEdge({ ...both, policy: allow })
    edge.setLink({ state: 'down', because: 'connection refused' })
    for (const stream of [true, false]) {
      const response = await edge.post({ ...hello, stream }, { 'x-edgewise-mode': 'only-cloud' })
      expect(response.status).toBe(503)
      expect(response.headers.get('retry-after')).toBe('5')
      expect(response.headers.get('x-edgewise-reason')).toBe('link-down')
      expect(response.headers.get('x-edgewise-request-id')).toBe(edge.decisions.at(-1)?.requestId)
      expect(await response.json()).toMatchObject({
        error: { code: 'link-down', message: expect.stringContaining('connection refused') },
      })
    }
  })

  it('gives a failure before the first word as a status, not as a stream', async () => {
    const cloudScript = [[new EdgewiseError('upstream-failed', 'the hub is on fire')]]
    await using edge = await startScriptedEdge({ ...both, cloudScript, policy: allow })
    const response = await edge.post({ ...hello, stream: true }, { 'x-edgewise-mode': 'only-cloud' })
    expect(response.status).toBe(502)
  })

  it('streams, goes on locally behind a cut, and names the final place in the last chunk', async () => {
    const cloudScript = [[{ type: 'text-delta', text: 'from afar, ' } as const, new EdgewiseError('stream-cut', 'cut')]]
    await using edge = await startScriptedEdge({ ...both, cloudScript, policy: allow })
    const response = await edge.post({ ...hello, stream: true }, { 'x-edgewise-mode': 'prefer-cloud' })
    expect(place(response)).toEqual({ placement: 'cloud', reason: 'prefer-cloud' })
    const text = await response.text()
    expect(text).toMatch(/from afar, [\s\S]*local[\s\S]*"edgewise":\{"placement":"local"[\s\S]*\[DONE\]/)
    expect(edge.decisions[0]?.steps.map(({ placement, reason }) => [placement, reason])).toEqual([
      ['cloud', 'prefer-cloud'],
      ['local', 'stream-cut'],
    ])
  })

  it('ends in an explicit error event without [DONE] when policy says so', async () => {
    const cloudScript = [
      [{ type: 'text-delta', text: 'half' } as const, new EdgewiseError('stream-cut', 'the stream was cut')],
    ]
    await using edge = await startScriptedEdge({ ...both, cloudScript, policy: { ...allow, onCloudLoss: 'error' } })
    const text = await (await edge.post({ ...hello, stream: true }, { 'x-edgewise-mode': 'prefer-cloud' })).text()
    expect(text).toContain('"code":"stream-cut"')
    expect(text).not.toContain('[DONE]')
    expect(edge.decisions[0]).toMatchObject({ outcome: 'failed', errorCode: 'stream-cut' })
  })

  it('says cascade at once in a stream, and escalates without showing the draft', async () => {
    const localScript = [[sure('wrong', 0.2), finish]]
    await using edge = await startScriptedEdge({
      ...both,
      localScript,
      policy: { ...allow, cascade: { threshold: 0.8 } },
    })
    const response = await edge.post({ ...hello, stream: true })
    expect(place(response)).toEqual({ placement: 'cascade', reason: 'prefer-edge' })
    const text = await response.text()
    expect(text).not.toContain('wrong')
    expect(text).toContain('"edgewise":{"placement":"cloud"')
    expect(edge.decisions[0]?.confidence).toEqual({ value: expect.closeTo(0.2, 9), threshold: 0.8 })
  })

  it('keeps a request local whose deadline the link cannot meet', async () => {
    await using edge = await startScriptedEdge({ ...both, policy: allow })
    const response = await edge.post(hello, { 'x-edgewise-mode': 'prefer-cloud', 'x-edgewise-deadline-ms': '300' })
    expect(place(response)).toEqual({ placement: 'local', reason: 'deadline' })
  })

  it('ends work at the deadline', async () => {
    await using edge = await startScriptedEdge({ localScript: [[new Promise(() => undefined)]] })
    const response = await edge.post(hello, { 'x-edgewise-deadline-ms': '30' })
    expect(response.status).toBe(504)
    expect(edge.local.calls[0]?.signal.aborted).toBe(true)
  })

  it('keeps applications working that send another model name, and refuses a name without an alias', async () => {
    await using edge = await startScriptedEdge({ ...both, aliases: { 'gpt-4o': 'small' } })
    expect((await edge.post({ ...hello, model: 'gpt-4o' })).status).toBe(200)
    const response = await edge.post({ ...hello, model: 'gpt-5' })
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ error: { code: 'model-not-found', param: 'model' } })
  })

  it('names unknown fields in a header', async () => {
    await using edge = await startScriptedEdge(both)
    const response = await edge.post({ ...hello, 'flux\ncapacitor': 1, verve: true })
    expect(response.status).toBe(200)
    expect(response.headers.get('x-edgewise-ignored-fields')).toBe('(unprintable), verve')
  })

  it('says what would happen without doing it', async () => {
    await using edge = await startScriptedEdge({ ...both, policy: allow })
    const response = await edge.post(hello, { 'x-edgewise-mode': 'prefer-cloud' }, '/edgewise/v1/plan')
    expect(await response.json()).toMatchObject({
      placement: 'cloud',
      fallback: 'local',
      rejected: [{ placement: 'local', code: 'less-preferred' }],
    })
    expect([...edge.local.calls, ...(edge.cloud?.calls ?? [])]).toHaveLength(0)
    expect(edge.decisions).toHaveLength(0)
  })

  it('refuses one request too many, and takes the next when a place is free', async () => {
    const gate = Promise.withResolvers<void>()
    await using edge = await startScriptedEdge({
      localScript: [[gate.promise, ...scriptedAnswer(['slow'])], scriptedAnswer(['quick'])],
      limits: { concurrency: 1 },
    })
    const first = edge.post(hello)
    await expect.poll(() => edge.local.calls.length).toBe(1)
    const second = await edge.post(hello)
    expect(second.status).toBe(429)
    expect(second.headers.get('retry-after')).toBe('1')
    gate.resolve()
    expect(await contentOf(await first)).toBe('slow')
    expect(await contentOf(await edge.post(hello))).toBe('quick')
  })

  it('stops the work when the client leaves, and gives its place back', async () => {
    const localScript = [[{ type: 'text-delta', text: 'a' } as const, new Promise(() => undefined)]]
    await using edge = await startScriptedEdge({ localScript, limits: { concurrency: 1 } })
    const client = new AbortController()
    const response = await fetch(`${edge.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer ew-test-key-0123456789' },
      body: JSON.stringify({ ...hello, stream: true }),
      signal: client.signal,
    })
    await response.body?.getReader().read()
    client.abort()
    await expect.poll(() => edge.decisions[0]?.outcome).toBe('aborted')
    expect(edge.local.calls[0]?.signal.aborted).toBe(true)
    expect((await edge.post(hello, { 'x-edgewise-deadline-ms': '20' })).status).toBe(504)
  })

  it('ends running streams with an explicit error when it shuts down', async () => {
    const localScript = [[{ type: 'text-delta', text: 'a' } as const, new Promise(() => undefined)]]
    await using edge = await startScriptedEdge({ localScript })
    const response = await edge.post({ ...hello, stream: true })
    edge.shutdown.abort()
    expect(await response.text()).toContain('shutting down')
  })
})

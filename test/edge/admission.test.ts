import { request as httpRequest } from 'node:http'
import { describe, expect, it } from 'vitest'
import { EdgewiseError } from '../../src/spec/errors.ts'
import { scriptedAnswer } from '../../src/testing/scripted-generator.ts'
import { key, startScriptedEdge } from './scripted-edge.ts'

const hello = { model: 'auto', messages: [{ role: 'user', content: 'hello' }] }
const allow = { privacy: { personalData: 'allow' } }
const priority = (word: string) => ({ 'x-edgewise-priority': word })
const forever = [[new Promise(() => undefined)]]

describe('priorities', () => {
  it('reach the engine', async () => {
    await using edge = await startScriptedEdge({ localScript: [scriptedAnswer(['a'])] })
    await edge.post(hello, priority('urgent'))
    await edge.post(hello)
    expect(edge.local.calls.map(({ request }) => request.priority)).toEqual(['urgent', undefined])
  })

  it('are refused when they are none', async () => {
    await using edge = await startScriptedEdge({ localScript: [scriptedAnswer(['a'])] })
    const response = await edge.post(hello, priority('high'))
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      error: { code: 'invalid-request', param: 'x-edgewise-priority', message: expect.stringContaining('urgent') },
    })
  })

  it('let urgent requests in beyond the limit, and background ones up to half of it', async () => {
    await using edge = await startScriptedEdge({ localScript: forever, limits: { concurrency: 4 } })
    const running: Promise<Response>[] = []
    const enter = async (word: string) => {
      running.push(edge.post(hello, { ...priority(word), 'x-edgewise-deadline-ms': '3000' }))
      await expect.poll(() => edge.local.calls.length).toBe(running.length)
    }
    await enter('background')
    await enter('background')
    const third = await edge.post(hello, priority('background'))
    expect(third.status).toBe(429)
    expect(await third.json()).toMatchObject({ error: { message: expect.stringContaining('2 places for background') } })
    await enter('normal')
    await enter('normal')
    expect((await edge.post(hello, priority('normal'))).status).toBe(429)
    await enter('urgent')
    expect((await edge.post(hello, priority('urgent'))).status).toBe(429)
    edge.shutdown.abort()
    await Promise.all(running)
  })

  it('give their places back', async () => {
    await using edge = await startScriptedEdge({ localScript: [scriptedAnswer(['a'])], limits: { concurrency: 1 } })
    for (const word of ['background', 'background', 'urgent', 'normal'])
      expect((await edge.post(hello, priority(word))).status).toBe(200)
  })
})

describe('a local model with too much to do', () => {
  // At 100 tokens a second, one answer of 64 takes 0.64 s.
  const limits = { localWorkMs: 100 }

  it('passes requests on to the cloud where they may go', async () => {
    await using edge = await startScriptedEdge({
      localScript: forever,
      cloudScript: [scriptedAnswer(['from the cloud'])],
      policy: allow,
      limits,
    })
    const first = edge.post(hello, { 'x-edgewise-deadline-ms': '2000' })
    await expect.poll(() => edge.local.calls.length).toBe(1)
    const second = await edge.post(hello)
    expect(second.headers.get('x-edgewise-placement')).toBe('cloud')
    expect(second.headers.get('x-edgewise-reason')).toBe('overloaded')
    edge.shutdown.abort()
    await first
  })

  it('refuses them where they may not, with the time that it needs', async () => {
    await using edge = await startScriptedEdge({ localScript: forever, limits })
    const first = edge.post(hello, { 'x-edgewise-deadline-ms': '2000' })
    await expect.poll(() => edge.local.calls.length).toBe(1)
    const second = await edge.post(hello)
    expect(second.status).toBe(429)
    expect(second.headers.get('retry-after')).toBe('1')
    expect(await second.json()).toMatchObject({ error: { code: 'overloaded' } })
    const third = edge.post(hello, { ...priority('urgent'), 'x-edgewise-deadline-ms': '2000' })
    await expect.poll(() => edge.local.calls.length).toBe(2)
    edge.shutdown.abort()
    await Promise.all([first, third])
  })
})

describe('an engine that has no memory free', () => {
  const refused = new EdgewiseError('overloaded', 'no memory free', { retryAfterSeconds: 7 })

  it('loses the request to the cloud where it may go', async () => {
    await using edge = await startScriptedEdge({
      localScript: [[refused]],
      cloudScript: [scriptedAnswer(['from the cloud'])],
      policy: allow,
    })
    const response = await edge.post(hello)
    expect(response.headers.get('x-edgewise-placement')).toBe('cloud')
    expect(response.headers.get('x-edgewise-reason')).toBe('overloaded')
    expect(edge.decisions).toMatchObject([{ outcome: 'answered', plan: { placement: 'cloud', reason: 'overloaded' } }])
    const stream = await edge.post({ ...hello, stream: true })
    expect(await stream.text()).toContain('from the cloud')
  })

  it.each([
    ['policy keeps it here', {}, {}],
    ['its caller does', allow, { 'x-edgewise-mode': 'only-edge' }],
  ])('refuses it with its own advice where %s', async (_, policy, headers: object) => {
    await using edge = await startScriptedEdge({
      localScript: [[refused]],
      cloudScript: [scriptedAnswer(['from the cloud'])],
      policy,
    })
    const response = await edge.post(hello, { ...headers })
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('7')
    expect(edge.cloud?.calls).toHaveLength(0)
  })

  it('does not pass on an answer that has begun', async () => {
    const localScript = [[{ type: 'text-delta', text: 'a' } as const, refused]]
    await using edge = await startScriptedEdge({ localScript, cloudScript: [scriptedAnswer(['b'])], policy: allow })
    expect(await (await edge.post({ ...hello, stream: true })).text()).toContain('"code":"overloaded"')
    expect(edge.cloud?.calls).toHaveLength(0)
  })
})

describe('the bodies of running requests', () => {
  /** Says how long its body is, and sends nothing of it yet. */
  async function announce(url: string, bytes: number) {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'content-length': bytes }
    const request = httpRequest(`${url}/v1/chat/completions`, { method: 'POST', headers })
    request.on('error', () => undefined)
    request.flushHeaders()
    const answered = new Promise<number>((resolve) =>
      request.on('response', (answer) => resolve(answer.statusCode ?? 0)),
    )
    return { request, answered }
  }

  it('are held against their common limit before a byte is read', async () => {
    const limits = { bodyBytes: 1_000_000, totalBodyBytes: 2_500_000 }
    await using edge = await startScriptedEdge({ localScript: [scriptedAnswer(['a'])], limits })
    const first = await announce(edge.url, 1_000_000)
    const second = await announce(edge.url, 1_000_000)
    await expect.poll(() => edge.bodies.taken).toBe(2_000_000)
    const third = await announce(edge.url, 1_000_000)
    expect(await third.answered).toBe(429)
    expect((await edge.post(hello)).status).toBe(200)
    for (const { request } of [first, second, third]) request.destroy()
    await expect.poll(() => edge.bodies.taken).toBe(0)
  })

  it('count with the most they may have when their length is not told', async () => {
    const limits = { bodyBytes: 1_000_000, totalBodyBytes: 1_000_000 }
    await using edge = await startScriptedEdge({ localScript: [scriptedAnswer(['a'])], limits })
    const headers = { authorization: `Bearer ${key}`, 'transfer-encoding': 'chunked' }
    const first = httpRequest(`${edge.url}/v1/chat/completions`, { method: 'POST', headers })
    first.on('error', () => undefined).write('{')
    await expect.poll(() => edge.bodies.taken).toBe(1_000_000)
    expect((await edge.post(hello)).status).toBe(429)
    first.destroy()
    await expect.poll(() => edge.bodies.taken).toBe(0)
  })

  it('are given back whichever way a request ends', async () => {
    await using edge = await startScriptedEdge({ localScript: [scriptedAnswer(['a'])] })
    await (await edge.post(hello)).text()
    await (await edge.post({ ...hello, stream: true })).text()
    await (await edge.post('no json')).text()
    await (await edge.post(hello, { 'idempotency-key': 'k' })).text()
    await (await edge.post(hello, {}, '/edgewise/v1/plan')).text()
    expect(edge.bodies.taken).toBe(0)
  })
})

import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { EdgewiseError } from '../../src/spec/errors.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { createScriptedGenerator, type ScriptStep, scriptedAnswer } from '../../src/testing/scripted-generator.ts'
import { call, chatBody, testHub } from './running-hub.ts'

const path = '/v1/chat/completions'

function scripted(...script: readonly (readonly ScriptStep[])[]) {
  return createScriptedGenerator({ model: 'big', script })
}

async function eventually(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200_000 && !isSo(); turn += 1) await new Promise((resolve) => setImmediate(resolve))
  expect(isSo()).toBe(true)
}

describe('the API key of a hub', () => {
  it('opens every route, and is kept where only the owner may read it', async () => {
    await using hub = await testHub()
    const file = join(hub.folder, 'hub-api-key')
    expect(readFileSync(file, 'utf8').trim()).toBe(hub.apiKey)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    for (const open of ['/v1/models', '/v1/models/big', '/metrics', '/edgewise/v1/ping']) {
      expect((await call(hub, { path: open })).status).toBe(200)
    }
  })

  it.each([
    ['none', {}],
    ['a wrong one', { authorization: 'Bearer ew-wrong' }],
    ['another scheme', { authorization: 'Basic ZTp3' }],
    ['an injection', { authorization: `Bearer ' OR 1=1 --` }],
    ['a long one', { authorization: `Bearer ${'x'.repeat(4000)}` }],
  ])('refuses %s on every route but health, before it looks at the body', async (_name, headers) => {
    await using hub = await testHub()
    for (const refused of ['/v1/models', '/v1/models/big', '/metrics', '/edgewise/v1/ping']) {
      expect((await call(hub, { path: refused, key: 'none', headers })).status).toBe(401)
    }
    const chat = await call(hub, { path, key: 'none', headers, body: '{broken' })
    expect([chat.status, (await chat.json()).error.type]).toEqual([401, 'authentication_error'])
    expect((await call(hub, { path: '/health', key: 'none', headers })).status).toBe(200)
  })
})

describe('an answer of a hub', () => {
  it('comes whole as JSON', async () => {
    await using hub = await testHub()
    const headers = { 'x-edgewise-request-id': 'request-7' }
    const answered = await call(hub, { path, headers, body: chatBody })
    expect(answered.headers['x-edgewise-request-id']).toBe('request-7')
    expect(await answered.json()).toMatchObject({
      id: 'request-7',
      object: 'chat.completion',
      model: 'big',
      choices: [{ message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1, completion_tokens: 2 },
    })
  })

  it('streams as it comes', async () => {
    const gate = Promise.withResolvers<void>()
    const [first, second, finish] = scriptedAnswer(['Hel', 'lo']) as [ScriptStep, ScriptStep, ScriptStep]
    await using hub = await testHub({ engines: [scripted([first, gate.promise, second, finish])] })
    const answered = await call(hub, { path, body: { ...chatBody, stream: true } })
    expect(answered.headers['content-type']).toMatch(/^text\/event-stream/)
    await once(answered.incoming, 'readable')
    expect(String(answered.incoming.read())).toContain('"Hel"')
    gate.resolve()
    const rest = await answered.text()
    expect(rest).toContain('"lo"')
    expect(rest.endsWith('data: [DONE]\n\n')).toBe(true)
  })

  it('begins with its headers before the first token, and is kept alive', async () => {
    const clock = createFakeClock()
    const gate = Promise.withResolvers<void>()
    await using hub = await testHub({ clock, engines: [scripted([gate.promise, ...scriptedAnswer(['late'])])] })
    const called = call(hub, { path, body: { ...chatBody, stream: true } })
    let isAnswered = false
    void called.then(() => {
      isAnswered = true
    })
    while (!isAnswered) await clock.advance(100)
    const answered = await called
    await clock.advance(10_000)
    await once(answered.incoming, 'readable')
    expect(String(answered.incoming.read())).toBe(': keep-alive\n\n')
    gate.resolve()
    expect(await answered.text()).toContain('"late"')
  })

  it('is a real error when it fails before its first part, streamed or not', async () => {
    const busy = new EdgewiseError('overloaded', 'All KV memory is taken.', { retryAfterSeconds: 3 })
    await using hub = await testHub({ engines: [scripted([busy])] })
    for (const stream of [false, true]) {
      const answered = await call(hub, { path, body: { ...chatBody, stream } })
      expect([answered.status, answered.headers['retry-after']]).toEqual([429, '3'])
      expect((await answered.json()).error).toMatchObject({ code: 'overloaded', type: 'rate_limit_error' })
    }
  })

  it('ends in an error event without [DONE] when it fails later, and in an error status when it was to come whole', async () => {
    const cut: ScriptStep[] = [
      { type: 'text-delta', text: 'half' },
      new EdgewiseError('stream-cut', 'The upstream broke off.'),
    ]
    await using hub = await testHub({ engines: [scripted(cut)] })
    const streamed = await (await call(hub, { path, body: { ...chatBody, stream: true } })).text()
    expect(streamed).toContain('"half"')
    expect(streamed).toContain('"code":"stream-cut"')
    expect(streamed).not.toContain('[DONE]')
    expect((await call(hub, { path, body: chatBody })).status).toBe(502)
  })

  it('hides what an unforeseen exception says', async () => {
    await using hub = await testHub({ engines: [scripted([new Error('secret words')])] })
    const answered = await call(hub, { path, body: chatBody })
    expect(answered.status).toBe(500)
    expect(await answered.text()).not.toContain('secret')
  })

  it('is no longer worked on when the client goes, streamed or not', async () => {
    const gate = Promise.withResolvers<void>()
    const generator = scripted([{ type: 'text-delta', text: 'half' }, gate.promise])
    await using hub = await testHub({ engines: [generator] })
    const streamed = await call(hub, { path, body: { ...chatBody, stream: true } })
    await once(streamed.incoming, 'readable')
    streamed.incoming.destroy()
    await eventually(() => generator.calls[0]?.outcome === 'aborted')
    const socket = connect({ host: '127.0.0.1', port: hub.port, rejectUnauthorized: false })
    const text = JSON.stringify(chatBody)
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${hub.apiKey}\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
    )
    await eventually(() => generator.calls.length === 2)
    socket.destroy()
    await eventually(() => generator.calls[1]?.outcome === 'aborted')
  })

  it('has a time limit', async () => {
    const clock = createFakeClock()
    const gate = Promise.withResolvers<void>()
    const generator = scripted([{ type: 'text-delta', text: 'half' }, gate.promise])
    await using hub = await testHub({ clock, engines: [generator], config: { limits: { requestMs: 5_000 } } })
    const streamed = await call(hub, { path, body: { ...chatBody, stream: true } })
    const whole = call(hub, { path, body: chatBody })
    await eventually(() => generator.calls.length === 2)
    await clock.advance(5_000)
    expect(await streamed.text()).toContain('"code":"request-timeout"')
    expect((await whole).status).toBe(408)
    expect(generator.calls[0]?.outcome).toBe('aborted')
  })
})

describe('a bad request to a hub', () => {
  it.each([
    ['nothing', '', 400],
    ['half a JSON text', '{"model":', 400],
    ['a list', '[]', 400],
    ['no messages', '{"model":"big"}', 400],
    ['a million brackets', '['.repeat(1_000_000), 400],
    ['bytes that are no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 400],
    ['two answers asked for', JSON.stringify({ ...chatBody, n: 2 }), 400],
    ['negative max_tokens', JSON.stringify({ ...chatBody, max_tokens: -1 }), 400],
    ['an unknown model', JSON.stringify({ ...chatBody, model: 'gpt-4o' }), 404],
    [
      'tools for a model without',
      JSON.stringify({ ...chatBody, tools: [{ type: 'function', function: { name: 'f' } }] }),
      400,
    ],
  ])('of %s is refused in the shape of OpenAI', async (_name, body, status) => {
    await using hub = await testHub()
    const refused = await call(hub, { path, body })
    expect(refused.status).toBe(status)
    expect((await refused.json()).error).toMatchObject({ type: expect.any(String), code: expect.any(String) })
  })

  it('with a body over the limit is refused before the body is there', async () => {
    await using hub = await testHub({ config: { limits: { bodyBytes: 2048 } } })
    const socket = connect({ host: '127.0.0.1', port: hub.port, rejectUnauthorized: false })
    const head = `POST ${path} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${hub.apiKey}\r\n`
    socket.write(`${head}Content-Length: 1000000\r\n\r\n{`)
    const [said] = (await once(socket, 'data')) as [Buffer]
    expect(String(said)).toMatch(/^HTTP\/1\.1 413 /)
    socket.destroy()
    const chunked = await call(hub, { path, body: 'x'.repeat(2049), headers: { 'transfer-encoding': 'chunked' } })
    expect([chunked.status, (await chunked.json()).error.code]).toEqual([413, 'body-too-large'])
  })

  it('with odd headers is refused', async () => {
    await using hub = await testHub()
    for (const headers of [
      { 'x-edgewise-request-id': 'a b' },
      { 'x-edgewise-conversation': 'x'.repeat(129) },
      { 'content-encoding': 'gzip' },
    ]) {
      expect((await call(hub, { path, body: chatBody, headers })).status).toBe(400)
    }
  })

  it('to a place that is not there is refused', async () => {
    await using hub = await testHub()
    const refused = await call(hub, { path: '/v1/nothing' })
    expect([refused.status, (await refused.json()).error.code]).toEqual([404, 'not-found'])
    expect((await call(hub, { path: '/v1/models/other' })).status).toBe(404)
  })

  it('beyond the limit of concurrency is refused at once, and welcome again later', async () => {
    const gate = Promise.withResolvers<void>()
    const generator = scripted([gate.promise, ...scriptedAnswer(['x'])], scriptedAnswer(['y']))
    await using hub = await testHub({ engines: [generator], config: { limits: { concurrency: 1 } } })
    const first = call(hub, { path, body: chatBody })
    await eventually(() => generator.calls.length === 1)
    const second = await call(hub, { path, body: chatBody })
    expect([second.status, second.headers['retry-after']]).toEqual([429, '1'])
    gate.resolve()
    await (await first).text()
    expect((await call(hub, { path, body: chatBody })).status).toBe(200)
  })
})

describe('what a hub tells about itself', () => {
  it('is its models with what they can do', async () => {
    await using hub = await testHub()
    const listed = await (await call(hub, { path: '/v1/models' })).json()
    expect(listed).toMatchObject({
      object: 'list',
      data: [{ id: 'big', object: 'model', capabilities: ['logprobs', 'continuation'] }],
    })
  })

  it('is numbers without words of any request', async () => {
    await using hub = await testHub()
    await (await call(hub, { path, body: chatBody })).text()
    await (await call(hub, { path, body: { ...chatBody, model: 'secret-model' } })).text()
    const text = await (await call(hub, { path: '/metrics' })).text()
    expect(text).toContain('edgewise_hub_requests_total{model="big",outcome="answered"} 1')
    expect(text).toContain('edgewise_hub_requests_total{model="unknown",outcome="model-not-found"} 1')
    expect(text).toContain('edgewise_hub_tokens_total{direction="completion"} 2')
    expect(text).toContain('edgewise_hub_member_available{member="engine-0/big"} 1')
    expect(text).not.toContain('secret')
  })
})

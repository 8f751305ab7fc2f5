import { describe, expect, it } from 'vitest'
import { scriptedAnswer } from '../../src/testing/scripted-generator.ts'
import { startScriptedEdge } from './scripted-edge.ts'

const scripted = { localScript: [scriptedAnswer(['hi'])], aliases: { '*': 'auto' }, limits: { bodyBytes: 4_000_000 } }
const message = { role: 'user', content: 'SECRET WORDS' }
const hello = { model: 'auto', messages: [message] }

const bad: readonly (readonly [string, unknown, number, string])[] = [
  ['a body that is no JSON', '{"model": ', 400, 'invalid-request'],
  ['an empty body', '', 400, 'invalid-request'],
  ['JSON a million levels deep', '['.repeat(1e6) + ']'.repeat(1e6), 400, 'invalid-request'],
  ['a body over the limit', JSON.stringify({ ...hello, pad: 'x'.repeat(4_000_001) }), 413, 'body-too-large'],
  ['no messages', { model: 'auto', messages: [] }, 400, 'invalid-request'],
  ['five answers at once', { ...hello, n: 5 }, 400, 'unsupported-field'],
  ['a negative max_tokens', { ...hello, max_tokens: -1 }, 400, 'invalid-request'],
  ['a temperature of 9', { ...hello, temperature: 9 }, 400, 'invalid-request'],
  ['a number for a message', { model: 'auto', messages: [42] }, 400, 'invalid-request'],
  [
    'a role that does not exist',
    { model: 'auto', messages: [{ role: 'wizard', content: 'x' }] },
    400,
    'invalid-request',
  ],
  ['an empty stop string', { ...hello, stop: '' }, 400, 'invalid-request'],
]

describe('bad input to an edge', () => {
  it.each(bad)('%s gets a clear error and reaches no model', async (_name, body, status, code) => {
    await using edge = await startScriptedEdge(scripted)
    const response = await edge.post(body)
    expect(response.status).toBe(status)
    const { error } = (await response.json()) as { error: { code: string; message: string; type: string } }
    expect(error.code).toBe(code)
    expect(error.message.length).toBeGreaterThan(10)
    expect(error.message).not.toContain('SECRET')
    expect(edge.local.calls).toHaveLength(0)
    expect(edge.bugs).toEqual([])
    expect((await edge.post(hello)).status).toBe(200)
  })

  it.each([
    ['x-edgewise-mode', 'maybe'],
    ['x-edgewise-deadline-ms', 'soon'],
    ['x-edgewise-deadline-ms', '0'],
    ['x-edgewise-conversation', 'with spaces'],
  ])('header %s: %s is refused by its name', async (name, value) => {
    await using edge = await startScriptedEdge(scripted)
    const response = await edge.post(hello, { [name]: value })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { param: name } })
  })

  it('is not impressed by __proto__', async () => {
    await using edge = await startScriptedEdge(scripted)
    const body = `{"model":"auto","messages":[{"role":"user","content":"hi"}],"__proto__":{"stream":true},"constructor":{"prototype":{"x":1}}}`
    const response = await edge.post(body)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(({} as { x?: unknown }).x).toBeUndefined()
  })

  it('passes lone surrogates on without failing', async () => {
    await using edge = await startScriptedEdge(scripted)
    expect(
      (await edge.post('{"model":"auto","messages":[{"role":"user","content":"\\ud800 and \\udc00"}]}')).status,
    ).toBe(200)
  })

  it('answers unknown paths and methods in the shape of the API', async () => {
    await using edge = await startScriptedEdge(scripted)
    for (const path of ['/v1/nothing', '/etc/passwd', '/%2e%2e/secret', '/v1/models/nope']) {
      const response = await edge.get(path)
      expect(response.status, path).toBe(404)
      expect(await response.json()).toHaveProperty('error.message')
    }
  })

  it('names the methods of a path that is asked with another one', async () => {
    await using edge = await startScriptedEdge(scripted)
    const wrong = [
      ['GET', '/v1/chat/completions', 'POST'],
      ['POST', '/v1/models', 'GET'],
      ['PUT', '/v1/responses/resp_1', 'GET, DELETE'],
    ] as const
    for (const [method, path, allow] of wrong) {
      const response = await fetch(edge.url + path, { method })
      expect([response.status, response.headers.get('allow')]).toEqual([405, allow])
      expect(await response.json()).toMatchObject({ error: { code: 'method-not-allowed' } })
    }
    expect((await fetch(`${edge.url}/v1/nothing`, { method: 'PUT' })).status).toBe(404)
  })
})

import { request as httpRequest } from 'node:http'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { hostAndOrigin } from '../../src/edge/server/access.ts'
import { scriptedAnswer } from '../../src/testing/scripted-generator.ts'
import { key, startScriptedEdge } from './scripted-edge.ts'

const scripted = { localScript: [scriptedAnswer(['hi'])] }
const hello = { model: 'auto', messages: [{ role: 'user', content: 'hello' }] }

/** A GET with a Host header that `fetch` would not send. */
function getAs(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { headers: { authorization: `Bearer ${key}`, ...headers } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    sent.once('error', reject)
    sent.end()
  })
}

describe('access to an edge', () => {
  it('asks for the key on every route but health and the page', async () => {
    await using edge = await startScriptedEdge(scripted)
    for (const path of ['/v1/models', '/metrics', '/edgewise/v1/status', '/edgewise/v1/requests/x']) {
      expect((await edge.get(path, { authorization: '' })).status, path).toBe(401)
      expect((await edge.get(path, { authorization: 'Bearer ew-test-key-0123456788' })).status, path).toBe(401)
    }
    expect((await edge.post(hello, { authorization: 'Bearer wrong' })).status).toBe(401)
    expect((await edge.post(hello, { authorization: 'Bearer wrong' }, '/edgewise/v1/plan')).status).toBe(401)
    expect((await edge.get('/health', { authorization: '' })).status).toBe(200)
    expect((await edge.get('/', { authorization: '' })).status).toBe(200)
    expect((await edge.get('/v1/models')).status).toBe(200)
  })

  it('does not repeat the key that was sent', async () => {
    await using edge = await startScriptedEdge(scripted)
    const response = await edge.get('/v1/models', { authorization: 'Bearer a-secret-of-somebody' })
    expect(await response.text()).not.toContain('a-secret')
  })

  it('refuses a foreign Host, as a rebound DNS name would send', async () => {
    await using edge = await startScriptedEdge(scripted)
    expect(await getAs(`${edge.url}/v1/models`, { host: 'evil.example' })).toBe(403)
    expect(await getAs(`${edge.url}/health`, { host: '127.0.0.1.evil.example:4610' })).toBe(403)
    expect(await getAs(`${edge.url}/v1/models`, { host: 'localhost:4610' })).toBe(200)
  })

  it('refuses a foreign Origin, and answers an allowed one by name', async () => {
    await using edge = await startScriptedEdge(scripted)
    const refused = await edge.post(hello, { origin: 'https://evil.example' })
    expect(refused.status).toBe(403)
    expect(refused.headers.get('access-control-allow-origin')).toBeNull()
    expect((await edge.post(hello, { origin: 'null' })).status).toBe(403)
    expect((await edge.post(hello, { origin: edge.url })).status).toBe(200)
    const allowed = await edge.post(hello, { origin: 'https://app.example' })
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example')
    expect(edge.local.calls).toHaveLength(2)
  })

  it('answers a preflight of an allowed origin only', async () => {
    await using edge = await startScriptedEdge(scripted)
    const ask = (origin: string) => fetch(`${edge.url}/v1/chat/completions`, { method: 'OPTIONS', headers: { origin } })
    expect((await ask('https://evil.example')).status).toBe(403)
    const allowed = await ask('https://app.example')
    expect(allowed.status).toBe(204)
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example')
  })

  it('lets an allowed origin send what headers its client has, and read where the answer came from', async () => {
    await using edge = await startScriptedEdge(scripted)
    const headers = { origin: 'https://app.example', 'access-control-request-headers': 'authorization,x-stainless-os' }
    const preflight = await fetch(`${edge.url}/v1/chat/completions`, { method: 'OPTIONS', headers })
    expect(preflight.headers.get('access-control-allow-headers')).toContain('x-stainless-os')
    const answer = await edge.post(hello, { origin: 'https://app.example' })
    expect(answer.headers.get('access-control-expose-headers')).toContain('x-edgewise-placement')
  })

  it('is had under names in any case, and under addresses of IPv6', async () => {
    const access = { keys: new Map(), hosts: new Set(['Scanner.Local', 'fd00::1']), origins: new Set<string>() }
    const app = new Hono().use(hostAndOrigin(access)).get('/', (context) => context.text('in'))
    app.onError((_, context) => context.text('refused', 403))
    const ask = (host: string) => app.request('/', { headers: { host } })
    expect(await (await ask('scanner.local:4610')).text()).toBe('in')
    expect(await (await ask('[fd00::1]:4610')).text()).toBe('in')
    expect((await ask('[fd00::2]:4610')).status).toBe(403)
  })

  it('serves the page under a policy that runs no foreign script', async () => {
    await using edge = await startScriptedEdge(scripted)
    const { headers } = await edge.get('/')
    expect(headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
  })
})

import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ControlServer, startControlServer } from '../../../src/cli/demo/control-server.ts'
import { type DemoLink, startDemoLink } from '../../../src/cli/demo/demo-link.ts'

const apiKey = 'ew-control-key-0123456789'
const pageOrigin = 'http://127.0.0.1:4610'

interface Sent {
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

describe('the control server of a demo', () => {
  const switches: string[] = []
  let link: DemoLink
  let server: ControlServer

  beforeAll(async () => {
    link = await startDemoLink({ hubPort: 9, onSwitch: (from, to) => switches.push(`${from} ${to}`) })
    server = await startControlServer({ link, apiKey, origins: new Set([pageOrigin]) })
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await link[Symbol.asyncDispose]()
  })

  /** Not fetch: it does not let a test choose Host and Origin. */
  function send({ method = 'GET', path = '/link', headers = {}, body }: Sent) {
    return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; json: Record<string, unknown> }>(
      (resolve, reject) => {
        const all = { authorization: `Bearer ${apiKey}`, ...headers }
        const call = request({ host: '127.0.0.1', port: server.port, method, path, headers: all }, (answer) => {
          let text = ''
          answer.on('data', (piece) => {
            text += piece
          })
          answer.on('end', () => {
            const json = text === '' ? {} : JSON.parse(text)
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, json })
          })
        })
        call.on('error', reject)
        call.end(body)
      },
    )
  }

  it('tells the profile of the link and the names of the others', async () => {
    const { status, json } = await send({})
    expect(status).toBe(200)
    expect(json).toMatchObject({ profile: 'lan', roundTripMs: 1, connections: 0 })
    expect(json.profiles).toContain('4g')
  })

  it('switches the link, cuts it, and tells of each switch once', async () => {
    const body = JSON.stringify({ profile: '4g' })
    expect((await send({ method: 'POST', body })).json).toMatchObject({ profile: '4g', roundTripMs: 60 })
    await send({ method: 'POST', body })
    expect((await send({ method: 'POST', path: '/link/cut' })).json).toMatchObject({ profile: 'down' })
    await send({ method: 'POST', body: JSON.stringify({ profile: 'lan' }) })
    expect(switches).toEqual(['lan 4g', '4g down', 'down lan'])
  })

  it('lets the page of the demo call from a browser', async () => {
    const preflight = await send({
      method: 'OPTIONS',
      headers: { origin: pageOrigin, authorization: '', 'access-control-request-method': 'POST' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers['access-control-allow-origin']).toBe(pageOrigin)
    expect(preflight.headers['access-control-allow-headers']).toContain('authorization')
    const answer = await send({ headers: { origin: pageOrigin } })
    expect(answer.headers['access-control-allow-origin']).toBe(pageOrigin)
  })

  it('refuses other pages, other Hosts and calls without the key', async () => {
    const foreign = await send({ headers: { origin: 'https://evil.example' } })
    expect(foreign).toMatchObject({ status: 403, json: { error: { code: 'origin-forbidden' } } })
    expect(foreign.headers['access-control-allow-origin']).toBeUndefined()
    expect((await send({ headers: { host: 'rebound.example' } })).status).toBe(403)
    expect((await send({ headers: { authorization: '' } })).status).toBe(401)
    expect((await send({ headers: { authorization: 'Bearer ew-wrong' } })).status).toBe(401)
  })

  it.each([
    ['an unknown profile', { body: '{"profile":"modem"}' }, 400, 'invalid-request'],
    ['no JSON', { body: '{"profile":' }, 400, 'invalid-request'],
    ['another field', { body: '{"profile":"lan","x":1}' }, 400, 'invalid-request'],
    ['a body over the limit', { body: ' '.repeat(2000) }, 413, 'body-too-large'],
    ['another path', { path: '/' }, 404, 'not-found'],
  ] as const)('answers %s with an error that says so', async (_, sent, status, code) => {
    expect(await send({ method: 'POST', ...sent })).toMatchObject({ status, json: { error: { code } } })
    expect(link.state().profile).toBe('lan')
  })
})

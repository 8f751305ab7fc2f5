import { once } from 'node:events'
import { Agent } from 'node:https'
import { connect, type TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { hubConfigSchema } from '../../src/hub/config.ts'
import { openHubAdmin } from '../../src/hub/control-plane/hub-admin.ts'
import { systemClock } from '../../src/spec/system-clock.ts'
import { formatJoinToken, parseJoinToken } from '../../src/sync/enrolment/join-token.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { createScriptedGenerator } from '../../src/testing/scripted-generator.ts'
import { call, chatBody, joinAs, newEdge, testHub } from './running-hub.ts'

describe('joining a hub', () => {
  it('makes an edge known, which then needs nothing but its key', async () => {
    await using hub = await testHub({ config: { name: 'the cloud' } })
    const identity = await newEdge()
    const token = await hub.mintJoinToken()
    expect(await joinAs({ token, identity, name: 'scanner 7' })).toEqual({
      url: hub.url,
      fingerprint: hub.fingerprint,
      hubName: 'the cloud',
    })
    expect(await hub.listEdges()).toMatchObject([{ id: identity.id, name: 'scanner 7', revokedAt: undefined }])
    expect((await call(hub, { path: '/edgewise/v1/ping', identity })).status).toBe(200)
    const answer = await (await call(hub, { path: '/v1/chat/completions', identity, body: chatBody })).json()
    expect(answer.choices[0].message.content).toBe('Hello')
  })

  it('is remembered across a restart, with the same certificate and API key', async () => {
    const identity = await newEdge()
    const first = await testHub()
    await joinAs({ token: await first.mintJoinToken(), identity })
    await first.close()
    await using again = await testHub({ folder: first.folder })
    expect([again.fingerprint, again.apiKey]).toEqual([first.fingerprint, first.apiKey])
    expect((await call(again, { path: '/edgewise/v1/ping', identity })).status).toBe(200)
  })

  it('uses a token up', async () => {
    await using hub = await testHub()
    const token = await hub.mintJoinToken()
    await joinAs({ token, identity: await newEdge() })
    const second = joinAs({ token, identity: await newEdge() })
    await expect(second).rejects.toMatchObject({
      code: 'token-invalid',
      message: expect.stringMatching(/used already/),
    })
    expect(await hub.listEdges()).toHaveLength(1)
  })

  it('lets one of several edges in that come with the same token at once', async () => {
    await using hub = await testHub()
    const token = await hub.mintJoinToken()
    const edges = await Promise.all([newEdge(), newEdge(), newEdge()])
    const joined = await Promise.allSettled(edges.map((identity) => joinAs({ token, identity })))
    expect(joined.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await hub.listEdges()).toHaveLength(1)
  })

  it('refuses a token after 15 minutes, and not before', async () => {
    const clock = createFakeClock()
    await using hub = await testHub({ clock })
    const [early, late] = [await hub.mintJoinToken(), await hub.mintJoinToken()]
    await clock.advance(15 * 60_000 - 1)
    await joinAs({ token: early, identity: await newEdge() })
    await clock.advance(1)
    const tooLate = joinAs({ token: late, identity: await newEdge() })
    await expect(tooLate).rejects.toMatchObject({ code: 'token-invalid', message: expect.stringMatching(/expired/) })
  })

  it('refuses a token of another hub that lives at the same address', async () => {
    await using hub = await testHub()
    const token = parseJoinToken(await hub.mintJoinToken())
    const forged = formatJoinToken({ ...token, secret: 'ab'.repeat(32) })
    const joining = joinAs({ token: forged, identity: await newEdge() })
    await expect(joining).rejects.toMatchObject({
      code: 'token-invalid',
      message: expect.stringMatching(/never gave out/),
    })
  })

  it('sends nothing to a hub with another certificate, and leaves the token unused', async () => {
    await using hub = await testHub()
    const token = await hub.mintJoinToken()
    const identity = await newEdge()
    const joining = joinAs({ token, identity, pin: 'cd'.repeat(32) })
    await expect(joining).rejects.toMatchObject({ code: 'fingerprint-mismatch' })
    await joinAs({ token, identity })
  })

  it('needs a client certificate and a well-formed request', async () => {
    await using hub = await testHub()
    const { secret } = parseJoinToken(await hub.mintJoinToken())
    const path = '/edgewise/v1/join'
    const identity = await newEdge()
    const without = await call(hub, { path, key: 'none', body: { secret, name: 'x' } })
    expect([without.status, (await without.json()).error.code]).toEqual([401, 'edge-unknown'])
    for (const body of [
      '',
      '{',
      '[]',
      {},
      { secret },
      { secret, name: '' },
      { secret, name: 'a\u001b[2J' },
      { secret, name: 'x', more: 1 },
    ]) {
      const refused = await call(hub, { path, identity, body })
      expect([refused.status, (await refused.json()).error.code]).toEqual([400, 'invalid-request'])
    }
    const large = await call(hub, { path, identity, body: { secret, name: 'x'.repeat(5000) } })
    expect(large.status).toBe(413)
    expect((await call(hub, { path, identity, body: { secret, name: 'good' } })).status).toBe(200)
  })

  it('works with a token that another process made', async () => {
    await using hub = await testHub()
    const config = hubConfigSchema.parse({ port: hub.port })
    await using admin = await openHubAdmin({ config, stateFolder: hub.folder, clock: systemClock })
    const identity = await newEdge()
    await joinAs({ token: await admin.mintJoinToken(), identity })
    expect((await call(hub, { path: '/edgewise/v1/ping', identity })).status).toBe(200)
  })
})

describe('an edge that a hub does not know', () => {
  it('gets nothing but health', async () => {
    await using hub = await testHub()
    const identity = await newEdge()
    for (const path of ['/v1/models', '/edgewise/v1/ping', '/metrics', '/v1/models/big']) {
      const refused = await call(hub, { path, identity })
      expect([refused.status, (await refused.json()).error.code]).toEqual([401, 'edge-unknown'])
    }
    expect((await call(hub, { path: '/health', identity })).status).toBe(200)
  })

  it('cannot borrow the certificate of a known one, whose key it lacks', async () => {
    await using hub = await testHub()
    const [known, thief] = [await newEdge(), await newEdge()]
    await joinAs({ token: await hub.mintJoinToken(), identity: known })
    const borrowed = { ...thief, certificatePem: known.certificatePem }
    await expect(call(hub, { path: '/edgewise/v1/ping', identity: borrowed })).rejects.toThrow()
  })

  it('cannot speak an older TLS, nor resume a session in place of proving its key', async () => {
    await using hub = await testHub()
    const identity = await newEdge()
    await joinAs({ token: await hub.mintJoinToken(), identity })
    const where = { host: '127.0.0.1', port: hub.port, rejectUnauthorized: false }
    const old = connect({ ...where, maxVersion: 'TLSv1.2' })
    await expect(once(old, 'secureConnect')).rejects.toThrow()
    const sessions: Buffer[] = []
    const first = connect({ ...where, cert: identity.certificatePem, key: identity.privateKeyPem })
    first.on('session', (session: Buffer) => sessions.push(session))
    await ping(first)
    const session = sessions.at(-1) ?? first.getSession()
    const second = connect({ ...where, ...(session === undefined ? {} : { session }) })
    let isReused: boolean | undefined
    second.once('secureConnect', () => {
      isReused = second.isSessionReused()
    })
    expect(await ping(second)).toContain('401')
    expect(isReused).toBe(false)
  })
})

/** A request by hand; gives everything the hub said. */
async function ping(socket: TLSSocket): Promise<string> {
  await once(socket, 'secureConnect')
  socket.write('GET /edgewise/v1/ping HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n')
  let said = ''
  for await (const piece of socket.setEncoding('utf8')) said += piece
  return said
}

describe('a revoked edge', () => {
  it('is cut off in the middle of an answer, and refused afterwards', async () => {
    const gate = Promise.withResolvers<void>()
    const generator = createScriptedGenerator({
      model: 'big',
      script: [[{ type: 'text-delta', text: 'half' }, gate.promise]],
    })
    // This clock stands still, so nothing but the revocation itself ends the connection.
    await using hub = await testHub({ engines: [generator], clock: createFakeClock() })
    const identity = await newEdge()
    await joinAs({ token: await hub.mintJoinToken(), identity })
    const stream = await call(hub, { path: '/v1/chat/completions', identity, body: { ...chatBody, stream: true } })
    const broken = stream.text()
    await once(stream.incoming, 'readable')
    await hub.revokeEdge(identity.id.slice(0, 12))
    await expect(broken).rejects.toThrow()
    const refused = await call(hub, { path: '/edgewise/v1/ping', identity })
    expect([refused.status, (await refused.json()).error.message]).toEqual([401, expect.stringMatching(/was revoked/)])
    await eventually(() => generator.calls[0]?.outcome === 'aborted')
  })

  it('is cut off within a second when another process revokes it, an idle connection too', async () => {
    const clock = createFakeClock()
    await using hub = await testHub({ clock })
    const identity = await newEdge()
    await joinAs({ token: await hub.mintJoinToken(), identity })
    const agent = new Agent({ keepAlive: true })
    const first = await call(hub, { path: '/edgewise/v1/ping', identity, agent })
    const closed = once(first.incoming.socket, 'close')
    await first.text()
    const config = hubConfigSchema.parse({ port: hub.port })
    await using admin = await openHubAdmin({ config, stateFolder: hub.folder, clock })
    await admin.revokeEdge(identity.id)
    await clock.advance(1_000)
    await closed
    expect((await call(hub, { path: '/edgewise/v1/ping', identity })).status).toBe(401)
    agent.destroy()
  })

  it('is not let in by the API key of the hub, and comes back with a new token', async () => {
    await using hub = await testHub()
    const identity = await newEdge()
    await joinAs({ token: await hub.mintJoinToken(), identity })
    await hub.revokeEdge(identity.id)
    expect((await call(hub, { path: '/edgewise/v1/ping', identity, key: hub.apiKey })).status).toBe(401)
    await joinAs({ token: await hub.mintJoinToken(), identity })
    expect((await call(hub, { path: '/edgewise/v1/ping', identity })).status).toBe(200)
  })

  it('must be named without doubt', async () => {
    await using hub = await testHub()
    await expect(hub.revokeEdge('ab')).rejects.toMatchObject({ code: 'not-found' })
    await expect(hub.revokeEdge('0123456789')).rejects.toMatchObject({ code: 'not-found' })
  })
})

/** Polls once per turn of the event loop. */
async function eventually(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200_000 && !isSo(); turn += 1) await new Promise((resolve) => setImmediate(resolve))
  expect(isSo()).toBe(true)
}

import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { hubConfigSchema } from '../../src/hub/config.ts'
import { openHubAdmin } from '../../src/hub/control-plane/hub-admin.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { createScriptedGenerator, type ScriptStep, scriptedAnswer } from '../../src/testing/scripted-generator.ts'
import { call, chatBody, joinAs, newEdge, type TestHub, testHub } from './running-hub.ts'

const path = '/v1/chat/completions'

function headers(key: string) {
  return { 'idempotency-key': key, 'x-edgewise-detached': 'true' }
}

async function textOf(hub: TestHub, key: string, body: object = chatBody): Promise<string> {
  const answer = await (await call(hub, { path, headers: headers(key), body })).json()
  return answer.choices[0].message.content
}

/** An engine whose first answer stops in the middle until `go`. */
function stopping(...answers: readonly (readonly string[])[]) {
  const { promise, resolve: go } = Promise.withResolvers<void>()
  const [first, ...rest] = answers.map((texts) => [...scriptedAnswer(texts)]) as ScriptStep[][]
  const script = [[first?.[0] as ScriptStep, promise, ...(first ?? []).slice(1)], ...rest]
  return { engine: createScriptedGenerator({ model: 'big', script }), go }
}

describe('a detached request to a hub', () => {
  it('goes on when its edge is gone, and the next attempt gets that answer from its beginning', async () => {
    const { engine, go } = stopping(['Hel', 'lo'], ['another answer'])
    await using hub = await testHub({ engines: [engine] })
    const first = await call(hub, { path, headers: headers('a'), body: { ...chatBody, stream: true } })
    await once(first.incoming, 'readable')
    first.incoming.destroy()
    const second = textOf(hub, 'a')
    go()
    expect(await second).toBe('Hello')
    expect(await textOf(hub, 'a')).toBe('Hello')
    expect(engine.calls).toHaveLength(1)
    expect(await textOf(hub, 'b')).toBe('another answer')
  })

  it('is answered once also when the hub dies after the work, and until its edge says that it has it', async () => {
    const { engine, go } = stopping(['Hel', 'lo'])
    const hub = await testHub({ engines: [engine] })
    go()
    expect(await textOf(hub, 'a')).toBe('Hello')
    await hub.close({ graceMs: 0 })
    const later = createScriptedGenerator({ model: 'big', script: [scriptedAnswer(['new'])] })
    await using again = await testHub({ engines: [later], folder: hub.folder })
    expect(await textOf(again, 'a')).toBe('Hello')
    expect(later.calls).toHaveLength(0)
    const acknowledged = await call(again, {
      path: '/edgewise/v1/kept-answers/a/acknowledge',
      method: 'POST',
    })
    expect(acknowledged.status).toBe(204)
    expect(await textOf(again, 'a')).toBe('new')
  })

  it('whose body has changed begins anew, and takes the place of what was kept', async () => {
    const engine = createScriptedGenerator({
      model: 'big',
      script: [scriptedAnswer(['Hello']), scriptedAnswer(['Something'])],
    })
    await using hub = await testHub({ engines: [engine] })
    expect(await textOf(hub, 'a')).toBe('Hello')
    const other = { ...chatBody, messages: [{ role: 'user', content: 'Something else.' }] }
    expect(await textOf(hub, 'a', other)).toBe('Something')
    expect(await textOf(hub, 'a', other)).toBe('Something')
    expect(engine.calls).toHaveLength(2)
    const metrics = await (await call(hub, { path: '/metrics' })).text()
    expect(metrics).toContain('edgewise_hub_detached_total{event="replaced"} 1')
    expect(metrics).toContain('edgewise_hub_detached_total{event="found"} 1')
  })

  it('ends when its edge says that it needs it no longer', async () => {
    const { engine } = stopping(['Hel', 'lo'], ['new'])
    await using hub = await testHub({ engines: [engine] })
    const first = await call(hub, { path, headers: headers('a'), body: { ...chatBody, stream: true } })
    await once(first.incoming, 'readable')
    first.incoming.destroy()
    await call(hub, { path: '/edgewise/v1/kept-answers/a/acknowledge', method: 'POST' })
    await expect.poll(() => engine.calls[0]?.outcome).toBe('aborted')
    expect(await textOf(hub, 'a')).toBe('new')
  })

  it.each(['this hub', 'another process'])(
    'ends when its edge is revoked by %s, and nothing stays kept',
    async (by) => {
      const { promise } = Promise.withResolvers<void>()
      const engine = createScriptedGenerator({
        model: 'big',
        script: [scriptedAnswer(['kept']), [{ type: 'text-delta', text: 'Hel' }, promise]],
      })
      const clock = createFakeClock()
      await using hub = await testHub({ engines: [engine], clock })
      const identity = await newEdge()
      await joinAs({ token: await hub.mintJoinToken(), identity })
      await (await call(hub, { path, headers: headers('a'), body: chatBody, identity })).text()
      const body = { ...chatBody, stream: true }
      const running = await call(hub, { path, headers: headers('b'), body, identity })
      await once(running.incoming, 'readable')
      running.incoming.destroy()
      const metrics = async () => (await call(hub, { path: '/metrics' })).text()
      await expect.poll(metrics).toContain('edgewise_hub_connected_edges 0')
      const config = hubConfigSchema.parse({ port: hub.port })
      await using admin = await openHubAdmin({ config, stateFolder: hub.folder, clock })
      const isKept = () =>
        admin.store.keptAnswers.find(identity.id, 'a', clock.now()).then((kept) => kept !== undefined)
      expect([await isKept(), engine.calls[1]?.outcome]).toEqual([true, 'running'])
      if (by === 'this hub') await hub.revokeEdge(identity.id)
      else {
        await admin.revokeEdge(identity.id)
        await clock.advance(1000)
      }
      await expect.poll(() => engine.calls[1]?.outcome).toBe('aborted')
      expect(await isKept()).toBe(false)
    },
  )

  it('that failed is tried anew', async () => {
    const engine = createScriptedGenerator({
      model: 'big',
      script: [[new Error('the engine broke')], scriptedAnswer(['Hello'])],
    })
    await using hub = await testHub({ engines: [engine] })
    expect((await call(hub, { path, headers: headers('a'), body: chatBody })).status).toBeGreaterThanOrEqual(500)
    expect(await textOf(hub, 'a')).toBe('Hello')
  })

  it.each([
    ['without a name', { 'x-edgewise-detached': 'true' }],
    ['with a name of blanks', { 'x-edgewise-detached': 'true', 'idempotency-key': 'a b' }],
    ['that says it is none', { 'x-edgewise-detached': 'false', 'idempotency-key': 'a' }],
  ])('%s is refused', async (_, wrong) => {
    await using hub = await testHub()
    expect((await call(hub, { path, headers: wrong, body: chatBody })).status).toBe(400)
  })
})

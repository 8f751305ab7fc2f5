import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createScriptedGenerator, type ScriptStep, scriptedAnswer } from '../../src/testing/scripted-generator.ts'
import { call, chatBody, type TestHub, testHub } from './running-hub.ts'

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

  it('is not mixed up with another one of the same name', async () => {
    await using hub = await testHub()
    expect(await textOf(hub, 'a')).toBe('Hello')
    const other = { ...chatBody, messages: [{ role: 'user', content: 'Something else.' }] }
    const refused = await call(hub, { path, headers: headers('a'), body: other })
    expect([refused.status, (await refused.json()).error.code]).toEqual([400, 'idempotency-mismatch'])
  })

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

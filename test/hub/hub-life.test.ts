import { once } from 'node:events'
import { connect } from 'node:tls'
import { describe, expect, it } from 'vitest'
import type { Generator } from '../../src/engines/engine.ts'
import { hubConfigSchema } from '../../src/hub/config.ts'
import { startHub } from '../../src/hub/server.ts'
import { systemClock } from '../../src/spec/system-clock.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { createScriptedGenerator, type ScriptStep, scriptedAnswer } from '../../src/testing/scripted-generator.ts'
import { call, chatBody, temporaryFolder, testHub } from './running-hub.ts'

const path = '/v1/chat/completions'

function scripted(...script: readonly (readonly ScriptStep[])[]) {
  return createScriptedGenerator({ model: 'big', script })
}

describe('starting and closing a hub', () => {
  it('says which port is in use, and leaves nothing open', async () => {
    await using hub = await testHub()
    const config = hubConfigSchema.parse({ port: hub.port })
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    let isDisposed = false
    const generator: Generator = {
      ...scripted(scriptedAnswer(['x'])),
      async [Symbol.asyncDispose]() {
        isDisposed = true
      },
    }
    const second = startHub({ config, stateFolder: temporaryFolder(), engines: [generator], clock: systemClock, log })
    const message = expect.stringContaining(String(hub.port))
    await expect(second).rejects.toMatchObject({ code: 'port-in-use', message })
    expect(isDisposed).toBe(true)
  })

  it('says so when it cannot listen where it should', async () => {
    const starting = testHub({ config: { host: '192.0.2.1' } })
    await expect(starting).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('192.0.2.1'),
    })
  })

  it('lets a running answer finish when it closes', async () => {
    const gate = Promise.withResolvers<void>()
    const generator = scripted([{ type: 'text-delta', text: 'half' }, gate.promise, ...scriptedAnswer([' and whole'])])
    const hub = await testHub({ engines: [generator] })
    const streamed = await call(hub, { path, body: { ...chatBody, stream: true } })
    const closed = hub.close()
    await expect(call(hub, { path: '/health' })).rejects.toThrow()
    gate.resolve()
    expect(await streamed.text()).toContain('[DONE]')
    await closed
  })

  it('ends a running answer with an error event when it has waited long enough', async () => {
    const clock = createFakeClock()
    const generator = scripted([{ type: 'text-delta', text: 'half' }, new Promise(() => {})])
    const hub = await testHub({ clock, engines: [generator] })
    const streamed = await call(hub, { path, body: { ...chatBody, stream: true } })
    const text = streamed.text()
    const closed = hub.close({ graceMs: 3_000 })
    await clock.advance(3_000)
    expect(await text).toContain('"code":"engine-unavailable"')
    await closed
  })

  it('closes idle connections at once', async () => {
    const hub = await testHub()
    const socket = connect({ host: '127.0.0.1', port: hub.port, rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    socket.write('GET /health HTTP/1.1\r\nHost: hub\r\n\r\n')
    await once(socket, 'data')
    socket.resume()
    await Promise.all([once(socket, 'close'), hub.close({ graceMs: 60_000 })])
  })
})

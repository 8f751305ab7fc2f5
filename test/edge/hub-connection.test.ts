import { describe, expect, it } from 'vitest'
import { connectHub } from '../../src/edge/hub-connection.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'
import type { SanitisedRequest } from '../../src/spec/outbound.ts'
import type { Inbound, OpenConnection } from '../../src/spec/ports.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { read, views } from '../placements/request.ts'

const json = { 'content-type': 'application/json' }

async function* body(value: unknown): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(JSON.stringify(value))
}

function inbound(status: number, value: unknown): Inbound {
  return { status, headers: json, body: body(value) }
}

/** What a hub of ours says with this error. */
function refusal(status: number, code: string): Inbound {
  return inbound(status, { error: { message: 'no', type: 'authentication_error', code } })
}

/** A connection to a hub that offers `big` at first and answers chats as told. */
async function connected(chat: () => Inbound) {
  const clock = createFakeClock()
  const offered = ['big']
  const open: OpenConnection = async ({ purpose }) => {
    if (purpose === 'inference') return chat()
    return purpose === 'models' ? inbound(200, { data: offered.map((id) => ({ id })) }) : inbound(200, 'ok')
  }
  const url = new URL('https://hub.example')
  const limits = { firstTokenTimeoutMs: 1000, interTokenTimeoutMs: 1000 }
  const hub = connectHub({ url, open, clock, random: () => 0.5, ...limits, onTrouble: () => undefined })
  await clock.advance(1)
  const { sanitised } = views()
  const ask = () => read(hub.generator.generate(sanitised as SanitisedRequest, new AbortController().signal))
  return { clock, offered, hub, ask, [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose]() }
}

describe('the connection to a hub', () => {
  it('is down for an edge that was revoked, so that another place answers', async () => {
    await using given = await connected(() => refusal(401, 'edge-unknown'))
    expect(given.hub.link.profile().state).toBe('up')
    expect(await given.ask()).toMatchObject([{ thrown: { code: 'link-down', retryable: true } }])
    expect(given.hub.link.profile().state).toBe('down')
  })

  it('is down when somebody else answers there, and the application is not told that its key is wrong', async () => {
    await using given = await connected(() => {
      throw new EdgewiseError('fingerprint-mismatch', 'another certificate')
    })
    expect(await given.ask()).toMatchObject([{ thrown: { code: 'link-down', message: 'another certificate' } }])
    expect(given.hub.link.profile().state).toBe('down')
  })

  it('asks again for the models of a hub that was started anew with others', async () => {
    await using given = await connected(() => refusal(404, 'model-not-found'))
    given.offered[0] = 'bigger'
    expect(await given.ask()).toMatchObject([{ thrown: { code: 'engine-unavailable', retryable: true } }])
    expect(given.hub.generator.unavailable()).toBeDefined()
    await given.clock.advance(5000)
    expect(given.hub.generator.unavailable()).toBeUndefined()
    expect(given.hub.generator.model).toBe('bigger')
  })
})

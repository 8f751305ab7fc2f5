import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { requestSignal } from '../../../src/hub/data-plane/request-signal.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

/** A response whose client has gone before anybody looked after it. */
async function abandoned(): Promise<ServerResponse> {
  const given = Promise.withResolvers<ServerResponse>()
  const server = createServer((_, response) => given.resolve(response)).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1', () => {
    client.write('POST / HTTP/1.1\r\nhost: hub\r\ncontent-length: 9\r\n\r\n')
  })
  client.on('error', () => undefined)
  const response = await given.promise
  const closed = new Promise((resolve) => response.once('close', resolve))
  client.destroy()
  await closed
  server.close()
  return response
}

describe('the signal of a request to a hub', () => {
  it('is over at once for a client that went while it was looked up who calls', async () => {
    const clock = createFakeClock()
    const outgoing = await abandoned()
    const shutdown = new AbortController().signal
    const { signal, over } = requestSignal({ outgoing: outgoing as never, shutdown, limitMs: 1000, clock })
    await over
    expect(signal.reason).toMatchObject({ code: 'aborted' })
    expect(clock.pendingDelays).toBe(0)
  })
})

import { describe, expect, it } from 'vitest'
import { listen } from '../../../src/edge/server/listen.ts'
import type { Clock } from '../../../src/spec/ports.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

const answer = () => new Response('ok')
const bytes = (text: string) => new TextEncoder().encode(text)

/** A server with one answer under way: its first words are with the client. */
async function halfAnswered(clock: Clock = systemClock) {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  const server = await listen({ fetch: () => new Response(readable), host: '127.0.0.1', port: 0, clock })
  void writer.write(bytes('half, '))
  return { server, response: await fetch(`http://127.0.0.1:${server.port}`), writer }
}

describe('listening', () => {
  it('says which port is taken and what to do', async () => {
    await using first = await listen({ fetch: answer, host: '127.0.0.1', port: 0 })
    const second = listen({ fetch: answer, host: '127.0.0.1', port: first.port })
    await expect(second).rejects.toMatchObject({ code: 'port-in-use' })
    await expect(second).rejects.toThrow(new RegExp(`Port ${first.port} .* already in use.*--port`))
  })

  it('says so when the address is none of this machine', async () => {
    await expect(listen({ fetch: answer, host: '192.0.2.1', port: 0 })).rejects.toMatchObject({
      code: 'config-invalid',
    })
  })

  it('lets the last words of a running answer out when it is disposed of', async () => {
    const { server, response, writer } = await halfAnswered()
    await writer.write(bytes('last words'))
    void writer.close()
    await server[Symbol.asyncDispose]()
    expect(await response.text()).toBe('half, last words')
  })

  it('cuts an answer that does not end after half a second', async () => {
    const clock = createFakeClock()
    const { server, response } = await halfAnswered(clock)
    const disposed = server[Symbol.asyncDispose]()
    await clock.advance(500)
    await disposed
    await expect(response.text()).rejects.toThrow()
    expect(clock.pendingDelays).toBe(0)
  })

  it('gives the port back when it is disposed of', async () => {
    const server = await listen({ fetch: answer, host: '127.0.0.1', port: 0 })
    await server[Symbol.asyncDispose]()
    await using again = await listen({ fetch: answer, host: '127.0.0.1', port: server.port })
    expect(again.port).toBe(server.port)
  })
})

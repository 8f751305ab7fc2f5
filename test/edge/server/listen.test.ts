import { describe, expect, it } from 'vitest'
import { listen } from '../../../src/edge/server/listen.ts'

const answer = () => new Response('ok')

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

  it('gives the port back when it is disposed of', async () => {
    const server = await listen({ fetch: answer, host: '127.0.0.1', port: 0 })
    await server[Symbol.asyncDispose]()
    await using again = await listen({ fetch: answer, host: '127.0.0.1', port: server.port })
    expect(again.port).toBe(server.port)
  })
})

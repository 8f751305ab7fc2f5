import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { listen } from '../../../src/edge/server/listen.ts'

interface Got {
  readonly status: number
  readonly connection: string | undefined
  readonly text: string
}

function get(port: number, agent: Agent): Promise<Got> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, agent }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, connection: response.headers.connection, text })
      })
    })
      .on('error', reject)
      .end()
  })
}

function refused(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(undefined)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
  })
}

it('a server that drains lets its answers finish, takes no connection, and keeps none', async () => {
  const gates = [Promise.withResolvers<Response>(), Promise.withResolvers<Response>()]
  let asked = 0
  const server = await listen({
    fetch: () => gates[asked++]?.promise ?? new Response('late'),
    host: '127.0.0.1',
    port: 0,
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const first = get(server.port, agent)
  await expect.poll(() => server.running).toBe(1)
  let isDrained = false
  const drained = server.drain().then(() => {
    isDrained = true
  })
  expect(await refused(server.port)).toBe('ECONNREFUSED')
  expect(isDrained).toBe(false)
  gates[0]?.resolve(new Response('first'))
  expect(await first).toEqual({ status: 200, connection: 'close', text: 'first' })
  await drained
  await server[Symbol.asyncDispose]()
  agent.destroy()
})

it('a request that comes while it drains, on a connection at work, is the last of that connection', async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const bodies: (ReadableStream | string)[] = [readable, 'second']
  const server = await listen({ fetch: () => new Response(bodies.shift() ?? 'third'), host: '127.0.0.1', port: 0 })
  const socket = connect(server.port, '127.0.0.1')
  let said = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  const writer = writable.getWriter()
  await writer.write(new TextEncoder().encode('first'))
  await expect.poll(() => said).toContain('first')
  const drained = server.drain()
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(2))
  await expect.poll(() => server.running).toBeGreaterThan(1)
  await writer.close()
  await closed
  await drained
  expect(said.slice(said.indexOf('0\r\n\r\n'))).toMatch(/connection: close.*second$/is)
  await server[Symbol.asyncDispose]()
})

it('a connection that was promised to stay is closed after its answer', async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  const server = await listen({ fetch: () => new Response(readable), host: '127.0.0.1', port: 0 })
  const response = await fetch(`http://127.0.0.1:${server.port}`)
  expect(response.headers.get('connection')).toBe('keep-alive')
  const drained = server.drain()
  await writer.write(new TextEncoder().encode('all of it'))
  await writer.close()
  expect(await response.text()).toBe('all of it')
  await drained
  expect(server.running).toBe(0)
  await server[Symbol.asyncDispose]()
})

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createSeededRandom } from '../../src/engines/generation/seeded-random.ts'
import { type FaultProxy, type ProxyFault, startFaultProxy } from '../../src/testing/fault-proxy.ts'

const body = Buffer.from(Array.from({ length: 4000 }, (_, index) => index % 251))

interface Stage extends AsyncDisposable {
  readonly proxy: FaultProxy
  /** Bytes that the target has received. */
  received(): number
  dial(): Promise<Socket>
}

/** A target that answers the first bytes of each connection with the body, then ends. */
async function stage(): Promise<Stage> {
  let received = 0
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}))
    socket
      .once('data', () => socket.end(body))
      .on('data', (chunk) => {
        received += chunk.length
      })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const proxy = await startFaultProxy({
    target: { host: '127.0.0.1', port },
    random: createSeededRandom(3),
    ratio: 1,
  })
  return {
    proxy,
    received: () => received,
    async dial() {
      const socket = connect({ host: proxy.host, port: proxy.port }).on('error', () => {})
      sockets.push(socket)
      await once(socket, 'connect')
      return socket
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** All that comes until the connection ends, however it ends. */
async function answer(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.write('ask')
  await new Promise((resolve) => socket.once('close', resolve))
  return Buffer.concat(chunks)
}

async function answerUnder(fault: ProxyFault) {
  await using on = await stage()
  on.proxy.inject(fault)
  const got = await answer(await on.dial())
  const arrived = on.received()
  on.proxy.heal()
  expect(await answer(await on.dial())).toEqual(body)
  return { got, arrived }
}

describe('what passes through the fault proxy', () => {
  it('ends in its middle under truncate', async () => {
    const { got } = await answerUnder('truncate')
    expect(got.length).toBeGreaterThan(0)
    expect(got).toEqual(body.subarray(0, got.length))
    expect(got.length).toBeLessThan(body.length)
  })

  it('reaches the target under lost-answer, and nothing comes back', async () => {
    const { got, arrived } = await answerUnder('lost-answer')
    expect({ came: got.length, arrived }).toEqual({ came: 0, arrived: 3 })
  })

  it('comes twice under duplicate', async () => {
    expect((await answerUnder('duplicate')).got.length).toBeGreaterThan(body.length)
  })

  it('is mixed up under reorder, and whole', async () => {
    const { got } = await answerUnder('reorder')
    expect(got).not.toEqual(body)
    expect(got.toSorted()).toEqual(body.toSorted())
  })

  it('is changed under corrupt, and as long as before', async () => {
    const { got } = await answerUnder('corrupt')
    expect(got).not.toEqual(body)
    expect(got.length).toBe(body.length)
  })

  it('vanishes under half-open and its end with it, while the target hears all', async () => {
    await using on = await stage()
    on.proxy.inject('half-open')
    const socket = await on.dial()
    let came = 0
    socket.on('data', (chunk) => {
      came += chunk.length
    })
    socket.write('ask')
    await expect.poll(on.received).toBe(3)
    socket.write('more')
    await expect.poll(on.received).toBe(7)
    expect({ came, ended: socket.readableEnded, destroyed: socket.destroyed }).toEqual({
      came: 0,
      ended: false,
      destroyed: false,
    })
  })

  it('waits under stall, and arrives whole after it', async () => {
    await using on = await stage()
    const socket = await on.dial()
    on.proxy.inject('stall')
    const answering = answer(socket)
    on.proxy.heal()
    expect(await answering).toEqual(body)
  })

  it('is refused under cut', async () => {
    await using on = await stage()
    on.proxy.inject('cut')
    const socket = connect({ host: on.proxy.host, port: on.proxy.port })
    await expect(answer(socket.on('error', () => {}))).resolves.toHaveLength(0)
  })

  it.each(['latency', 'rate'] as const)('takes its time under %s', async (fault) => {
    await using on = await stage()
    on.proxy.inject(fault)
    const startedMs = performance.now()
    expect(await answer(await on.dial())).toEqual(body)
    expect(performance.now() - startedMs).toBeGreaterThan(fault === 'latency' ? 990 : 300)
  })
})

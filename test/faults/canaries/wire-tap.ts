import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A plain TCP way to a server that keeps every byte sent towards it. */
export interface WireTap extends AsyncDisposable {
  readonly origin: string
  /** All bytes since the last call, in the order in which they came on each connection. */
  take(): Buffer
}

export async function startWireTap(target: URL): Promise<WireTap> {
  const sockets = new Set<Socket>()
  const streams = new Map<Socket, Buffer[]>()
  const server = createServer((inner) => {
    const outer = connect(Number(target.port), target.hostname)
    streams.set(inner, [])
    for (const socket of [inner, outer]) {
      sockets.add(socket)
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket))
    }
    inner.on('data', (bytes) => streams.get(inner)?.push(bytes as Buffer))
    inner.pipe(outer)
    outer.pipe(inner)
    inner.once('close', () => outer.destroy())
    outer.once('close', () => inner.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const all = [...streams.values()].flat()
      for (const stream of streams.values()) stream.length = 0
      return Buffer.concat(all)
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

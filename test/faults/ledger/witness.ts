import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'

/** What the server does with a request, which tells it by its header `x-fault`. */
export const witnessFaults = ['none', 'cut', 'reset', 'stall', 'half-read', 'hang-up', 'early', 'cut-answer'] as const
export type WitnessFault = (typeof witnessFaults)[number]

/** A server that counts every byte it is given, and misbehaves as it is asked. */
export interface Witness extends AsyncDisposable {
  readonly port: number
  /** Bytes of each request that said its number (`x-send`), head and body. */
  readonly bytes: ReadonlyMap<string, number>
  /** Bytes of requests that were cut before they said it. */
  readonly nameless: number
  /** Requests that came more than once. */
  readonly repeated: number
}

/** Starts listening on a free port of the loopback. */
export async function startWitness(): Promise<Witness> {
  const bytes = new Map<string, number>()
  const sockets = new Set<Socket>()
  const counts = { nameless: 0, repeated: 0 }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    read(socket, {
      count(id, more) {
        if (id === undefined) counts.nameless += more
        else bytes.set(id, (bytes.get(id) ?? 0) + more)
      },
      begun(id) {
        if (bytes.has(id)) counts.repeated += 1
      },
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    bytes,
    get nameless() {
      return counts.nameless
    },
    get repeated() {
      return counts.repeated
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

interface Count {
  readonly count: (id: string | undefined, bytes: number) => void
  readonly begun: (id: string) => void
}

/** Requests of one connection, one after the other. */
function read(socket: Socket, { count, begun }: Count): void {
  let head = Buffer.alloc(0)
  let body: { readonly id: string; readonly fault: WitnessFault; missing: number } | undefined
  const take = (piece: Buffer) => {
    if (body === undefined) {
      head = Buffer.concat([head, piece])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      const text = head.toString('latin1', 0, end)
      const id = /^x-send: (.+)$/m.exec(text)?.[1] ?? ''
      const fault = (/^x-fault: (.+)$/m.exec(text)?.[1] ?? 'none') as WitnessFault
      begun(id)
      count(id, end + 4)
      body = { id, fault, missing: Number(/^content-length: (\d+)$/m.exec(text)?.[1] ?? 0) }
      const rest = head.subarray(end + 4)
      head = Buffer.alloc(0)
      if (fault === 'early') socket.write(answer)
      if (rest.length > 0 || body.missing === 0) take(rest)
      return
    }
    count(body.id, piece.length)
    body.missing -= piece.length
    const { fault, missing } = body
    if (fault === 'half-read') misbehave(socket, fault)
    else if (missing === 0) {
      body = undefined
      misbehave(socket, fault)
    } else if (fault === 'cut') misbehave(socket, fault)
  }
  socket.on('data', take)
  socket.on('error', () => undefined)
  socket.on('close', () => count(undefined, head.length))
}

const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

function misbehave(socket: Socket, fault: WitnessFault): void {
  if (fault === 'none') socket.write(answer)
  else if (fault === 'cut' || fault === 'hang-up') socket.destroy()
  else if (fault === 'reset') socket.resetAndDestroy()
  else if (fault === 'half-read') socket.pause()
  else if (fault === 'cut-answer') socket.end('HTTP/1.1 200 OK\r\ncontent-length: 200\r\n\r\nhalf of it')
}

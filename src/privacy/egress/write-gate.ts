import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Sending } from './sending.ts'

/** Of a large message so much is given to the connection at once: of one that is cut, the ledger tells the rest has not left. */
const sliceBytes = 262_144

/**
 * Stands between the HTTP client and a connection, where the bytes are what the other side will read (before TLS). Holds back each request until its
 * `Sending` has recorded exactly these bytes; what no sending stands for never leaves.
 */
export class WriteGate {
  #socket: Socket | undefined
  #write: Socket['write'] | undefined
  #spki: string | undefined
  #sending: Sending | undefined
  #held: Buffer[] = []

  /** From now on this connection is the one. */
  guard(socket: Socket): void {
    this.#socket = socket
    this.#spki = socket instanceof TLSSocket ? publicKeyHash(socket) : undefined
    this.#write = socket.write.bind(socket)
    this.#held = []
    const hold = (piece: string | Uint8Array, encoding?: BufferEncoding): boolean => {
      if (this.#sending === undefined) socket.destroy(new Error('something was written that no send stands for'))
      else this.#held.push(typeof piece === 'string' ? Buffer.from(piece, encoding) : Buffer.from(piece))
      return true
    }
    socket.write = hold as Socket['write']
  }

  /** What the client writes in this very turn belongs to `sending`. */
  begin(sending: Sending): void {
    this.#sending = sending
    queueMicrotask(() => this.#release(sending))
  }

  #release(sending: Sending): void {
    const whole = Buffer.concat(this.#held)
    this.#held = []
    this.#sending = undefined
    const [socket, write] = [this.#socket, this.#write]
    if (socket === undefined || write === undefined || sending.isOver) return
    const pass = () => leave({ socket, write, sending, whole })
    const recorded = sending.record(whole, this.#spki)
    if (recorded === undefined) pass()
    else recorded.then(pass, () => undefined)
  }
}

interface Leaving {
  readonly socket: Socket
  readonly write: Socket['write']
  readonly sending: Sending
  readonly whole: Buffer
}

/** Gives the bytes to the connection, slice by slice, until they have left, the send is over or the connection is. */
function leave({ socket, write, sending, whole }: Leaving): void {
  let start = 0
  const step = () => {
    if (sending.isOver || socket.destroyed) return
    const slice = whole.subarray(start, start + sliceBytes)
    start += slice.length
    sending.left(slice.length)
    if (start < whole.length) write(slice, step)
    else write(slice)
  }
  step()
}

function publicKeyHash(socket: TLSSocket): string | undefined {
  const key = socket.getPeerX509Certificate()?.publicKey
  return (
    key &&
    createHash('sha256')
      .update(key.export({ type: 'spki', format: 'der' }))
      .digest('hex')
  )
}

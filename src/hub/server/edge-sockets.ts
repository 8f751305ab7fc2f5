import type { KeyObject } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { idOfPublicKey } from '../../sync/enrolment/identity.ts'

/** The public key that the other side of a connection proved to hold, with the id that belongs to it. */
export interface Peer {
  readonly id: string
  readonly publicKey: KeyObject
}

/** The open connections, by the edges that hold them. */
export class EdgeSockets {
  readonly #peers = new WeakMap<Duplex, Peer>()
  readonly #byEdge = new Map<string, Set<TLSSocket>>()

  /** Takes note of a connection whose handshake is complete. */
  add(socket: TLSSocket): void {
    // The chain is of no interest, a handshake that the key did not sign has already failed.
    const publicKey = socket.getPeerX509Certificate()?.publicKey
    if (publicKey === undefined) return
    const id = idOfPublicKey(publicKey)
    this.#peers.set(socket, { id, publicKey })
    const sockets = this.#byEdge.get(id) ?? new Set()
    this.#byEdge.set(id, sockets.add(socket))
    socket.once('close', () => {
      sockets.delete(socket)
      if (sockets.size === 0) this.#byEdge.delete(id)
    })
  }

  peerOf(socket: Duplex): Peer | undefined {
    return this.#peers.get(socket)
  }

  ids(): readonly string[] {
    return [...this.#byEdge.keys()]
  }

  /** Ends every connection of an edge, whatever it is doing. */
  cutOff(id: string): void {
    for (const socket of this.#byEdge.get(id) ?? []) socket.destroy()
  }
}

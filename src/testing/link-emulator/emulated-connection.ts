import { connect, type Socket } from 'node:net'
import { callAt } from './call-at.ts'
import type { Lane } from './lane.ts'
import { Pipe } from './pipe.ts'
import type { Tamper } from './tampers.ts'

/** Makes what befalls one connection, in either direction; each connection gets its own, as they may count. */
export interface Tampering {
  /** From the client to the target. */
  readonly up?: () => Tamper
  readonly down?: () => Tamper
}

interface ConnectionOptions {
  readonly client: Socket
  readonly target: { readonly host: string; readonly port: number }
  readonly roundTripMs: number
  readonly up: Lane
  readonly down: Lane
  readonly onForwardedUp: (bytes: number) => void
  readonly onForwardedDown: (bytes: number) => void
  /** Both ends are closed. */
  readonly onClosed: () => void
}

/**
 * One connection through the link. The kernel completes the client's handshake at once, so its round trip is charged here: the target is
 * dialled half a round trip later, and what the client sends in the meantime leaves after a whole one.
 */
export class EmulatedConnection {
  readonly #options: ConnectionOptions
  readonly #openAtMs: number
  readonly #sockets: Socket[]
  #pipes: readonly Pipe[] = []
  #cancelDial: (() => void) | undefined
  #frozen: boolean
  #tampering: Tampering

  constructor(options: ConnectionOptions, { frozen, tampering }: { frozen: boolean; tampering: Tampering }) {
    this.#options = options
    this.#frozen = frozen
    this.#tampering = tampering
    this.#sockets = [options.client]
    this.#openAtMs = performance.now() + options.roundTripMs
    this.#watch(options.client)
    if (!frozen) this.#dialLater()
  }

  freeze(): void {
    this.#frozen = true
    this.#cancelDial?.()
    for (const pipe of this.#pipes) pipe.freeze()
  }

  thaw(): void {
    if (!this.#frozen) return
    this.#frozen = false
    if (this.#pipes.length === 0) this.#dialLater()
    for (const pipe of this.#pipes) pipe.thaw()
  }

  /** Holds for all that comes from now on. */
  tamper(tampering: Tampering): void {
    this.#tampering = tampering
    const [up, down] = this.#pipes
    up?.tamperWith(tampering.up?.())
    down?.tamperWith(tampering.down?.())
  }

  /** Ends both sides at once, with a reset or as a process does that is killed. */
  destroy(how: 'reset' | 'close'): void {
    this.#cancelDial?.()
    for (const socket of this.#sockets) {
      if (how === 'reset') socket.resetAndDestroy()
      else socket.destroy()
    }
  }

  #dialLater(): void {
    this.#cancelDial = callAt(this.#openAtMs - this.#options.roundTripMs / 2, () => this.#dial())
  }

  #dial(): void {
    const { client, target, up, down, onForwardedUp, onForwardedDown } = this.#options
    if (client.destroyed) return
    const server = connect({ ...target, noDelay: true, allowHalfOpen: true })
    this.#sockets.push(server)
    this.#watch(server)
    const openAtMs = this.#openAtMs
    this.#pipes = [
      new Pipe({ source: client, sink: server, lane: up, openAtMs, onForwarded: onForwardedUp }),
      new Pipe({ source: server, sink: client, lane: down, openAtMs: 0, onForwarded: onForwardedDown }),
    ]
    this.tamper(this.#tampering)
  }

  #watch(socket: Socket): void {
    // The pipes pass a reset on when the socket closes; without a listener it would end the process.
    socket.on('error', () => {})
    socket.once('close', () => {
      if (this.#sockets.every(({ destroyed }) => destroyed)) this.#options.onClosed()
    })
  }
}

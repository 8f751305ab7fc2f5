import { createServer, type Server, type Socket } from 'node:net'
import type { Random } from '../../spec/ports.ts'
import { EmulatedConnection, type Tampering } from './emulated-connection.ts'
import { createLane } from './lane.ts'
import type { EmulatedLink } from './link-profiles.ts'

/** A TCP proxy that behaves like a worse line. Whoever connects to it is at the edge, the target is the hub. */
export interface LinkEmulator extends AsyncDisposable {
  readonly host: string
  readonly port: number
  readonly profile: EmulatedLink
  /** Bytes handed to the target so far. */
  readonly bytesUp: number
  /** Bytes handed to the clients so far. */
  readonly bytesDown: number
  /** Connections open now. */
  readonly connections: number
  /** Connections taken since the start, refused ones left out. */
  readonly accepted: number
  /** Holds at once for what is sent from now on; ends a cut or a black hole. A profile that is down cuts. */
  setProfile(profile: EmulatedLink): void
  /** Ends all connections with a reset; new ones work. */
  reset(): void
  /** Closes all connections and refuses new ones until the next `setProfile`. */
  cut(): void
  /** Connections stay open, new ones are taken, but nothing passes any more until the next `setProfile`. */
  blackhole(): void
  /** Does this to what passes from now on, on open and on new connections; ends only with the next call. See tampers.ts. */
  tamper(tampering: Tampering): void
}

export interface LinkEmulatorOptions {
  readonly target: { readonly host: string; readonly port: number }
  readonly profile: EmulatedLink
  /** 0, the default, takes a free one. */
  readonly port?: number
  readonly host?: string
  readonly random: Random
}

/** Starts listening. Rejects with the system's error when the port cannot be had. */
export async function startLinkEmulator(options: LinkEmulatorOptions): Promise<LinkEmulator> {
  const { port = 0, host = '127.0.0.1' } = options
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return new TcpLinkEmulator(server, options)
}

class TcpLinkEmulator implements LinkEmulator {
  readonly host: string
  readonly port: number
  readonly #server: Server
  readonly #options: LinkEmulatorOptions
  readonly #open = new Set<EmulatedConnection>()
  readonly #up = createLane(
    () => this.#profile,
    'up',
    () => this.#options.random(),
  )
  readonly #down = createLane(
    () => this.#profile,
    'down',
    () => this.#options.random(),
  )
  #profile: EmulatedLink
  #mode: 'forward' | 'refuse' | 'swallow'
  #bytesUp = 0
  #bytesDown = 0
  #accepted = 0
  #tampering: Tampering = {}

  constructor(server: Server, options: LinkEmulatorOptions) {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new TypeError('the emulator listens on TCP')
    this.host = address.address
    this.port = address.port
    this.#server = server
    this.#options = options
    this.#profile = options.profile
    this.#mode = options.profile.isDown ? 'refuse' : 'forward'
    server.on('connection', (client) => this.#take(client))
  }

  get profile(): EmulatedLink {
    return this.#profile
  }
  get bytesUp(): number {
    return this.#bytesUp
  }
  get bytesDown(): number {
    return this.#bytesDown
  }
  get connections(): number {
    return this.#open.size
  }
  get accepted(): number {
    return this.#accepted
  }

  setProfile(profile: EmulatedLink): void {
    if (profile.isDown) this.cut()
    else {
      this.#mode = 'forward'
      for (const connection of this.#open) connection.thaw()
    }
    this.#profile = profile
  }

  reset(): void {
    this.#destroyAll('reset')
  }

  cut(): void {
    this.#mode = 'refuse'
    this.#destroyAll('close')
  }

  blackhole(): void {
    this.#mode = 'swallow'
    for (const connection of this.#open) connection.freeze()
  }

  tamper(tampering: Tampering): void {
    this.#tampering = tampering
    for (const connection of this.#open) connection.tamper(tampering)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.cut()
    await closed
  }

  #destroyAll(how: 'reset' | 'close'): void {
    for (const connection of this.#open) connection.destroy(how)
    this.#up.clear()
    this.#down.clear()
  }

  #take(client: Socket): void {
    if (this.#mode === 'refuse') {
      client.on('error', () => {}).resetAndDestroy()
      return
    }
    this.#accepted += 1
    const connection = new EmulatedConnection(
      {
        client,
        target: this.#options.target,
        roundTripMs: this.#profile.roundTripMs,
        up: this.#up,
        down: this.#down,
        onForwardedUp: (bytes) => {
          this.#bytesUp += bytes
        },
        onForwardedDown: (bytes) => {
          this.#bytesDown += bytes
        },
        onClosed: () => this.#open.delete(connection),
      },
      { frozen: this.#mode === 'swallow', tampering: this.#tampering },
    )
    this.#open.add(connection)
  }
}

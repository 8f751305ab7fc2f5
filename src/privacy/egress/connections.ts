import { type buildConnector, Client } from 'undici'
import type { Clock } from '../../spec/ports.ts'
import { createConnector } from './connector.ts'
import type { Destination } from './egress.ts'
import { WriteGate } from './write-gate.ts'

/** Idle clients kept per destination; their connections close by themselves much sooner. */
const mostIdle = 256

/** A client of undici with the gate that all of its connections go through. */
export interface GatedClient {
  readonly client: Client
  readonly gate: WriteGate
}

/**
 * The connections to one destination, one request on each at a time. The one that became free last is taken first: it is the warmest,
 * and unlike in undici's own pool it is free the moment its answer ends, so requests that follow each other share one connection.
 */
export class Connections {
  readonly #destination: Destination
  readonly #connect: ReturnType<typeof createConnector>
  readonly #idle: GatedClient[] = []
  readonly #all = new Set<GatedClient>()
  #closed = false

  constructor(destination: Destination, clock: Clock) {
    this.#destination = destination
    this.#connect = createConnector(destination, clock)
  }

  take(): GatedClient {
    const taken = this.#idle.pop() ?? this.#create()
    this.#all.add(taken)
    return taken
  }

  /** Gives a client back whose request has ended; one whose connection never came about is of no more use. */
  release(taken: GatedClient, isUsable: boolean): void {
    if (isUsable && !this.#closed && this.#idle.length < mostIdle) {
      this.#idle.push(taken)
      return
    }
    this.#all.delete(taken)
    void taken.client.destroy()
  }

  /** Lets running requests end; idle connections close now. */
  retire(): void {
    this.#closed = true
    for (const taken of this.#idle.splice(0)) this.release(taken, false)
  }

  /** Cuts all connections. */
  async destroy(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#all].map(({ client }) => client.destroy()))
  }

  #create(): GatedClient {
    const gate = new WriteGate()
    const client = new Client(this.#destination.origin, {
      connect: this.#connectThrough(gate),
      pipelining: 1,
      // An exchange keeps its own limits: undici's timers are coarse and leave out the time before the connection.
      headersTimeout: 0,
      bodyTimeout: 0,
      // Servers close idle connections after 5 s (Node, uvicorn) or later; a server that says when is believed, less 2 s.
      keepAliveTimeout: 3_000,
      keepAliveTimeoutThreshold: 2_000,
      keepAliveMaxTimeout: 60_000,
    })
    return { client, gate }
  }

  #connectThrough(gate: WriteGate): buildConnector.connector {
    return (options, callback) =>
      this.#connect(options, (...[error, socket]) => {
        if (error !== null) return callback(error, null)
        gate.guard(socket)
        callback(null, socket)
      })
  }
}

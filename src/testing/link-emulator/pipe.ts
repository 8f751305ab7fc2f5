import type { Socket } from 'node:net'
import { callAt } from './call-at.ts'
import type { Lane } from './lane.ts'
import type { Cargo, Tamper } from './tampers.ts'

interface PipeOptions {
  readonly source: Socket
  readonly sink: Socket
  readonly lane: Lane
  /** Nothing sent earlier than this moment leaves before it: the handshake is still on its way. */
  readonly openAtMs: number
  readonly onForwarded: (bytes: number) => void
}

/** One direction of one connection. Keeps the order, so what is late delays all behind it; holds back the source when too much is under way or the sink is slow. */
export class Pipe {
  readonly #options: PipeOptions
  readonly #underWay: { readonly dueMs: number; readonly cargo: Cargo }[] = []
  #bytes = 0
  #cancelTimer: (() => void) | undefined
  #frozen = false
  #sinkIsFull = false
  #tamper: Tamper | undefined
  #isEnded = false

  constructor(options: PipeOptions) {
    this.#options = options
    const { source, sink } = options
    source.on('data', (chunk: Buffer) => this.#accept(chunk))
    source.once('end', () => this.#take('end'))
    source.once('close', (hadError) => {
      if (hadError) this.#take('reset')
    })
    sink.on('drain', () => {
      this.#sinkIsFull = false
      this.#arm()
    })
    sink.once('close', () => this.#stop())
    source.resume()
  }

  /** Holds everything back until `thaw`; nothing is lost. */
  freeze(): void {
    this.#frozen = true
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#options.source.pause()
  }

  thaw(): void {
    this.#frozen = false
    this.#relieve()
    this.#arm()
  }

  /** Does this to all that comes from now on; nothing when absent. */
  tamperWith(tamper: Tamper | undefined): void {
    this.#tamper = tamper
  }

  #accept(chunk: Buffer): void {
    const size = this.#options.lane.pieceBytes()
    for (let start = 0; start < chunk.length; start += size) {
      this.#take(chunk.subarray(start, start + size))
    }
    if (this.#bytes > this.#options.lane.windowBytes()) this.#options.source.pause()
  }

  #take(cargo: Cargo): void {
    for (const carried of this.#tamper?.(cargo) ?? [cargo]) this.#send(carried)
  }

  #send(cargo: Cargo): void {
    // Only a tamper carries bytes after an end; a reset may come at any time.
    if (this.#isEnded && cargo !== 'reset') return
    this.#isEnded ||= typeof cargo === 'string'
    const bytes = typeof cargo === 'string' ? 0 : cargo.length
    this.#bytes += bytes
    const { lane, openAtMs } = this.#options
    const dueMs = lane.arrival(bytes, Math.max(performance.now(), openAtMs))
    this.#underWay.push({ dueMs, cargo })
    this.#arm()
  }

  #arm(): void {
    const first = this.#underWay[0]
    if (first === undefined || this.#cancelTimer !== undefined || this.#frozen || this.#sinkIsFull) return
    this.#cancelTimer = callAt(first.dueMs, () => {
      this.#cancelTimer = undefined
      this.#deliver()
      this.#arm()
    })
  }

  /** All that is due: timers are not worth having for less than half a millisecond. */
  #deliver(): void {
    const { sink } = this.#options
    const untilMs = performance.now() + 0.5
    for (let first = this.#underWay[0]; first !== undefined && first.dueMs < untilMs; first = this.#underWay[0]) {
      if (this.#sinkIsFull || sink.destroyed) break
      this.#underWay.shift()
      this.#hand(first.cargo)
    }
    this.#relieve()
  }

  #hand(cargo: Cargo): void {
    const { sink, onForwarded } = this.#options
    if (cargo === 'end') sink.end()
    else if (cargo === 'reset') sink.resetAndDestroy()
    else {
      this.#bytes -= cargo.length
      onForwarded(cargo.length)
      this.#sinkIsFull = !sink.write(cargo)
    }
  }

  #relieve(): void {
    const { source, lane } = this.#options
    if (!this.#frozen && source.isPaused() && this.#bytes <= lane.windowBytes() / 2) source.resume()
  }

  /** The receiver is gone: nobody gets the rest, and the sender learns of it as one does, by a reset. */
  #stop(): void {
    this.#cancelTimer?.()
    this.#underWay.length = 0
    this.#bytes = 0
    this.#options.source.removeAllListeners('data').resume()
  }
}

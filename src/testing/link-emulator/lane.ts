import type { Random } from '../../spec/ports.ts'
import type { EmulatedLink } from './link-profiles.ts'

/** TCP payload of one Ethernet frame, in bytes. */
const segmentBytes = 1448
/** Smallest retransmission timeout of Linux. */
const minimumTimeoutMs = 200

/** One direction of the link, shared by all connections: when does what is sent now arrive? */
export interface Lane {
  /** The moment, in ms, at which `bytes` handed over at `atMs` have arrived, delays of the line and of a loss included. */
  arrival(bytes: number, atMs: number): number
  /** Bytes to hand over at once, so that what arrives arrives as evenly as the rate says. */
  pieceBytes(): number
  /** Bytes that may be under way on one connection before its sender has to wait. */
  windowBytes(): number
  /** Forgets what was waiting to be sent: its connections are gone. */
  clear(): void
}

/** Makes the lane of one direction; `link` is asked each time, so that a change of profile holds at once. */
export function createLane(link: () => EmulatedLink, direction: 'up' | 'down', random: Random): Lane {
  let freeAtMs = 0

  const bytesPerMs = () => (direction === 'up' ? link().upBitsPerSecond : link().downBitsPerSecond) / 8000

  return {
    arrival(bytes, atMs) {
      const { roundTripMs, jitterMs, lossRatio } = link()
      if (bytes > 0) freeAtMs = Math.max(freeAtMs, atMs) + bytes / bytesPerMs()
      const jitter = (random() - 0.5) * jitterMs
      let arrivalMs = Math.max(freeAtMs, atMs) + Math.max(0, roundTripMs / 2 + jitter)
      if (lossRatio > 0 && random() < 1 - (1 - lossRatio) ** Math.ceil(bytes / segmentBytes)) {
        arrivalMs += minimumTimeoutMs + roundTripMs
      }
      return arrivalMs
    },
    pieceBytes: () => Math.max(segmentBytes, Math.floor(bytesPerMs())),
    windowBytes: () => Math.min(16_777_216, Math.ceil(65_536 + 2 * bytesPerMs() * link().roundTripMs)),
    clear() {
      freeAtMs = 0
    },
  }
}

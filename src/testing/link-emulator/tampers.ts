import type { Random } from '../../spec/ports.ts'

/** What a pipe carries: bytes, or the two ways in which a stream ends. */
export type Cargo = Uint8Array | 'end' | 'reset'

/** What a bad line makes of what comes next in one direction of one connection. Nothing at all swallows it. */
export type Tamper = (cargo: Cargo) => readonly Cargo[]

export interface TamperOptions {
  /** Share of the pieces that it befalls, 0..1. */
  readonly ratio: number
  readonly random: Random
}

/** Lets so many bytes through, then ends the stream: with a FIN, as a server does that dies while it answers, or with a reset. */
export function endAfter(bytes: number, how: 'end' | 'reset'): Tamper {
  let left = bytes
  return ofBytes((piece) => {
    const head = piece.subarray(0, left)
    left -= head.length
    return head.length === piece.length ? [piece] : [head, how]
  })
}

/** Lets so many bytes through, then nothing, no end either. In both directions it is a stall, in one the connection is half open. */
export function swallowAfter(bytes: number): Tamper {
  let left = bytes
  return (cargo) => {
    if (typeof cargo === 'string') return left > 0 ? [cargo] : []
    const head = cargo.subarray(0, left)
    left -= head.length
    return head.length > 0 ? [head] : []
  }
}

/** Carries some pieces twice. */
export function duplicatePieces({ ratio, random }: TamperOptions): Tamper {
  return ofBytes((piece) => (random() < ratio ? [piece, piece] : [piece]))
}

/** Carries the second half of some pieces before the first. */
export function swapHalves({ ratio, random }: TamperOptions): Tamper {
  return ofBytes((piece) => {
    if (piece.length < 2 || random() >= ratio) return [piece]
    const middle = piece.length >> 1
    return [piece.subarray(middle), piece.subarray(0, middle)]
  })
}

/** Flips one bit in some pieces. */
export function flipBits({ ratio, random }: TamperOptions): Tamper {
  return ofBytes((piece) => {
    if (piece.length === 0 || random() >= ratio) return [piece]
    const changed = Uint8Array.from(piece)
    const at = Math.floor(random() * changed.length)
    changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(random() * 8))
    return [changed]
  })
}

function ofBytes(change: (piece: Uint8Array) => readonly Cargo[]): Tamper {
  return (cargo) => (typeof cargo === 'string' ? [cargo] : change(cargo))
}

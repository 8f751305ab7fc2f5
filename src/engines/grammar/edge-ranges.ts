import type { Edge } from './automaton.ts'

export interface EdgeRanges {
  readonly firsts: readonly number[]
  readonly lasts: readonly number[]
}

/** Whether something begins or ends at a byte, and how many edges begin there less those that ended. One for all: it is left as it was found. */
const borders = new Uint8Array(257)
const begun = new Int32Array(257)

/** The bytes that edges take, in ascending ranges: the bytes of one range are taken by the same edges. */
export function edgeRanges(edgesOfStates: readonly (readonly Edge[])[]): EdgeRanges {
  const firsts: number[] = []
  const lasts: number[] = []
  for (const edges of edgesOfStates) {
    for (const { first, last } of edges) {
      borders[first] = 1
      borders[last + 1] = 1
      begun[first] = (begun[first] ?? 0) + 1
      begun[last + 1] = (begun[last + 1] ?? 0) - 1
    }
  }
  let taking = 0
  for (let byte = 0; byte <= 256; byte++) {
    if (borders[byte] === 0) continue
    if (taking > 0) lasts.push(byte - 1)
    taking += begun[byte] ?? 0
    if (taking > 0) firsts.push(byte)
    borders[byte] = 0
    begun[byte] = 0
  }
  return { firsts, lasts }
}

import { EdgewiseError } from '../../spec/errors.ts'

/** How a link behaves. Up is from the edge to the hub. */
export interface EmulatedLink {
  readonly name: string
  readonly roundTripMs: number
  /** The round trip varies by at most this much in either direction, uniformly. */
  readonly jitterMs: number
  readonly upBitsPerSecond: number
  readonly downBitsPerSecond: number
  /** Share of segments that get lost once and come after a retransmission timeout. */
  readonly lossRatio: number
  /** True: nothing gets through. */
  readonly isDown: boolean
}

const mega = 1e6
const giga = 1e9

const profiles = [
  // One building, wired.
  link('lan', 1, 1 * giga, { jitterMs: 0.2 }),
  link('4g', 60, 30 * mega, { jitterMs: 15, upBitsPerSecond: 10 * mega, lossRatio: 0.001 }),
  // A cloud region of the same continent.
  link('region', 80, 100 * mega, { jitterMs: 8, lossRatio: 0.0005 }),
  // A rented machine behind its provider's proxy: 200 to 400 ms.
  link('proxy', 300, 50 * mega, { jitterMs: 100 }),
  // The three settings of the Petals paper (arXiv 2209.01188).
  link('petals-a', 5, 1 * giga),
  link('petals-b', 5, 100 * mega),
  link('petals-c', 100, 100 * mega),
  // SpecEdge (NeurIPS 2025) gives a round trip only.
  link('specedge', 14.07, 1 * giga),
  // DSSD (arXiv 2507.12000).
  link('dssd-10', 20, 10 * mega),
  link('dssd-100', 20, 100 * mega),
  // Wi-Fi between machines that disturb it: short stalls.
  link('factory-wifi', 15, 30 * mega, { jitterMs: 10, lossRatio: 0.005 }),
  link('down', 0, 0, { isDown: true }),
] as const

/** Names of all built-in profiles. */
export const linkProfileNames: readonly string[] = profiles.map(({ name }) => name)

/** The built-in profile of that name. Throws `config-invalid`, listing the names, when there is none. */
export function linkProfile(name: string): EmulatedLink {
  const found = profiles.find((profile) => profile.name === name)
  if (found !== undefined) return found
  throw new EdgewiseError('config-invalid', `there is no link profile "${name}"; choose ${linkProfileNames.join(', ')}`)
}

function link(
  name: string,
  roundTripMs: number,
  bitsPerSecond: number,
  rest: Partial<EmulatedLink> = {},
): EmulatedLink {
  return {
    name,
    roundTripMs,
    jitterMs: 0,
    upBitsPerSecond: bitsPerSecond,
    downBitsPerSecond: bitsPerSecond,
    lossRatio: 0,
    isDown: false,
    ...rest,
  }
}

import type { Random } from '../spec/ports.ts'
import type { Tampering } from './link-emulator/emulated-connection.ts'
import { type LinkEmulator, startLinkEmulator } from './link-emulator/link-emulator.ts'
import type { EmulatedLink } from './link-emulator/link-profiles.ts'
import { duplicatePieces, endAfter, flipBits, swallowAfter, swapHalves, type Tamper } from './link-emulator/tampers.ts'

/** Every way in which the proxy can fail, by name. */
export const proxyFaults = [
  'cut',
  'reset',
  'stall',
  'half-open',
  'truncate',
  'lost-answer',
  'duplicate',
  'reorder',
  'corrupt',
  'latency',
  'rate',
] as const

export type ProxyFault = (typeof proxyFaults)[number]

/** A link emulator that fails in the ways that lines, boxes and peers between edge and hub do. */
export interface FaultProxy extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** The line below, for what the faults do not say. */
  readonly link: LinkEmulator
  /**
   * Begins a fault; it holds until `heal` or the next one.
   * `cut`: connections close and new ones are refused. `reset`: connections are reset; new ones work. `stall`: nothing passes, nothing closes.
   * `half-open`: what the target says vanishes, its end too. `truncate`: answers end in their middle. `lost-answer`: requests arrive, their answers are
   * cut off before the first byte. `duplicate`, `reorder`, `corrupt`: some pieces come twice, mixed up, changed. `latency`: a second more a round trip.
   * `rate`: 64 kbit/s.
   */
  inject(fault: ProxyFault): void
  /** Ends the fault. Connections that it spoilt stay so. */
  heal(): void
}

export interface FaultProxyOptions {
  readonly target: { readonly host: string; readonly port: number }
  readonly random: Random
  /** Share of the pieces that duplicate, reorder and corrupt befall; 0.3 when absent. */
  readonly ratio?: number
  /** The line when nothing is wrong; one without delay when absent. */
  readonly profile?: EmulatedLink
}

const plainLine: EmulatedLink = {
  name: 'plain',
  roundTripMs: 0,
  jitterMs: 0,
  upBitsPerSecond: 1e9,
  downBitsPerSecond: 1e9,
  lossRatio: 0,
  isDown: false,
}

/** Most bytes of an answer that pass before it is truncated. */
const longestTruncated = 512

/** Starts listening on a free port of the loopback. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { target, random, ratio = 0.3, profile = plainLine } = options
  const link = await startLinkEmulator({ target, profile, random })
  const tampering = tamperings({ random, ratio })

  function heal(): void {
    link.tamper({})
    link.setProfile(profile)
  }

  return {
    host: link.host,
    port: link.port,
    link,
    heal,
    inject(fault) {
      heal()
      if (fault === 'cut') link.cut()
      else if (fault === 'reset') link.reset()
      else if (fault === 'stall') link.blackhole()
      else if (fault === 'latency') link.setProfile({ ...profile, roundTripMs: profile.roundTripMs + 1000 })
      else if (fault === 'rate') link.setProfile({ ...profile, upBitsPerSecond: 64_000, downBitsPerSecond: 64_000 })
      else link.tamper(tampering[fault])
    },
    [Symbol.asyncDispose]: () => link[Symbol.asyncDispose](),
  }
}

type TamperingFault = Exclude<ProxyFault, 'cut' | 'reset' | 'stall' | 'latency' | 'rate'>

function tamperings(some: { random: Random; ratio: number }): Readonly<Record<TamperingFault, Tampering>> {
  const both = (make: () => Tamper): Tampering => ({ up: make, down: make })
  return {
    'half-open': { down: () => swallowAfter(0) },
    truncate: { down: () => endAfter(1 + Math.floor(some.random() * longestTruncated), 'end') },
    'lost-answer': { down: () => endAfter(0, 'reset') },
    duplicate: both(() => duplicatePieces(some)),
    reorder: both(() => swapHalves(some)),
    corrupt: both(() => flipBits(some)),
  }
}

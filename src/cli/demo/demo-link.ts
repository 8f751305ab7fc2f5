import { type LinkEmulator, startLinkEmulator } from '../../testing/link-emulator/link-emulator.ts'
import { type EmulatedLink, linkProfile, linkProfileNames } from '../../testing/link-emulator/link-profiles.ts'
import type { LinkState } from './link-state.ts'

/** So thin that a small model's words come one by one, as a large model's would: what is cut is then cut in the middle. */
export const thinLink: EmulatedLink = {
  name: 'thin',
  roundTripMs: 40,
  jitterMs: 0,
  upBitsPerSecond: 64_000,
  downBitsPerSecond: 64_000,
  lossRatio: 0,
  isDown: false,
}

export interface DemoLinkOptions {
  readonly hubPort: number
  /** Told of every switch, with the names of both profiles. */
  readonly onSwitch: (from: string, to: string) => void
}

/** The line between edge and hub, which a page, a command or a test may make worse. */
export interface DemoLink extends AsyncDisposable {
  readonly port: number
  state(): LinkState
  /** Holds at once, for a built-in profile or `thin`; `down` closes every connection. Throws `config-invalid` for an unknown name. */
  switchTo(profile: string): LinkState
}

/** Starts the emulator with the profile `lan`. */
export async function startDemoLink({ hubPort, onSwitch }: DemoLinkOptions): Promise<DemoLink> {
  const target = { host: '127.0.0.1', port: hubPort }
  const emulator = await startLinkEmulator({ target, profile: linkProfile('lan'), random: Math.random })
  return {
    port: emulator.port,
    state: () => stateOf(emulator),
    switchTo(name) {
      const from = emulator.profile.name
      emulator.setProfile(name === thinLink.name ? thinLink : linkProfile(name))
      if (from !== name) onSwitch(from, name)
      return stateOf(emulator)
    },
    [Symbol.asyncDispose]: () => emulator[Symbol.asyncDispose](),
  }
}

function stateOf({ profile, connections, bytesUp, bytesDown }: LinkEmulator): LinkState {
  const { name, roundTripMs, upBitsPerSecond, downBitsPerSecond }: EmulatedLink = profile
  const profiles = [...linkProfileNames, thinLink.name]
  return { profile: name, roundTripMs, upBitsPerSecond, downBitsPerSecond, connections, bytesUp, bytesDown, profiles }
}

import { EdgewiseError } from '../../spec/errors.ts'
import { findDemo } from './find-demo.ts'
import type { LinkState } from './link-state.ts'

export interface SwitchLinkOptions {
  readonly demoFile: string
  readonly profile: string
}

/** `edgewise demo link PROFILE`: switches the link of the running demo and gives a sentence about it. Throws when none runs. */
export async function switchLink({ demoFile, profile }: SwitchLinkOptions): Promise<string> {
  await using client = await findDemo(demoFile)
  if (client === undefined) {
    throw new EdgewiseError('not-found', 'No demo is running here. Start one in another shell: edgewise demo.')
  }
  return tellLink(await client.switchLink(profile))
}

function tellLink({ profile, roundTripMs, upBitsPerSecond, downBitsPerSecond }: LinkState): string {
  if (profile === 'down') return 'The link is down: nothing gets through.'
  const megabits = (bits: number) => `${bits / 1e6} Mbit/s`
  return `The link is now ${profile}: ${roundTripMs} ms round trip, ${megabits(upBitsPerSecond)} up, ${megabits(downBitsPerSecond)} down.`
}

import { join } from 'node:path'
import { createSeededRandom } from '../../../src/engines/generation/seeded-random.ts'
import type { Fault, FaultResult } from '../fault.ts'
import { faultFolder } from '../fault-folder.ts'
import { type CanariesFlown, runCanaries } from './run-canaries.ts'

/** Patterns alone: what a canary is can be told without the name model. */
export const guarded = { personalData: 'protect', nameModel: false, detectorDeadlineMs: 60_000 }
const control = 4000

/** Made-up personal data in every field and form, through every way that a request can take; one found where it must not be counts as lost. */
export const canariesFault: Fault = {
  name: 'canaries',
  summary: 'made-up personal data in every field and form: none may leave or stay behind; 1,000,000 in the long form',
  async run({ full, seed, say, signal }) {
    await using folder = await faultFolder()
    const random = createSeededRandom(seed)
    const canaries = full ? 1_000_000 : 200_000
    const flown = await runCanaries({
      folder: join(folder.path, 'guarded'),
      canaries,
      privacy: guarded,
      random,
      onProgress: (made) => say(`${made} of ${canaries} canaries`),
      signal,
    })
    const open = await runCanaries({
      folder: join(folder.path, 'open'),
      canaries: control,
      privacy: { personalData: 'allow' },
      random,
      onProgress: () => undefined,
      signal,
    })
    return judged(flown, open)
  },
}

/** What a flight under guard proves beside one without. */
export function judged(flown: CanariesFlown, open: CanariesFlown): FaultResult {
  const escaped = [...open.forms].filter(([, { sent, onWire }]) => onWire < sent).map(([form]) => form)
  const reached = flown.outcomes.get('cloud') ?? 0
  const failure =
    escaped.length > 0
      ? `without the guard the scanner missed canaries as ${escaped.join('; ')}: it proves nothing of these`
      : reached * 5 < flown.requests
        ? `only ${reached} of ${flown.requests} requests reached the cloud: too few to prove anything`
        : undefined
  return {
    injected: flown.requests,
    acknowledged: flown.made,
    lost: flown.sinks.leaks,
    duplicated: 0,
    notes: [
      `${flown.made} canaries in ${flown.requests} requests: ${[...flown.outcomes].map(([outcome, count]) => `${outcome} ${count}`).join(', ')}`,
      ...flown.sinks.tell(),
      `without the guard, ${open.sinks.found('wire').size} of ${open.made} canaries were found on the wire, and all of each encoded form`,
    ],
    ...(failure === undefined ? {} : { failure }),
  }
}

import { describe, it } from 'vitest'
import { clockJumpsFault } from './clock-jumps.ts'
import { crashPointsFault } from './crash-points.ts'
import { expectHeld } from './expect-held.ts'
import { flappingFault } from './flapping.ts'
import { fsyncErrorFault } from './fsync-error.ts'
import { killFault } from './kill.ts'
import { offlineFault } from './offline.ts'
import { powerCutFault } from './power-cut.ts'
import { simulationFault } from './simulation.ts'
import { tinyDiskFault } from './tiny-disk.ts'

const faults = [
  killFault,
  crashPointsFault,
  powerCutFault,
  tinyDiskFault,
  fsyncErrorFault,
  clockJumpsFault,
  simulationFault,
  offlineFault,
  flappingFault,
]

/** Seven is as good as any: the long forms draw theirs. */
const seed = 7

describe('nothing acknowledged is lost or comes twice', () => {
  it.for(faults)('under $name, in its short form', { timeout: 120_000 }, async (fault, { skip, signal }) => {
    const missing = fault.missing?.()
    if (missing !== undefined) skip(missing)
    expectHeld(await fault.run({ full: false, seed, say: () => {}, signal }))
  })
})

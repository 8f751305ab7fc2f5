import { canariesFault } from './canaries/canaries-fault.ts'
import { clockJumpsFault } from './clock-jumps.ts'
import { crashPointsFault } from './crash-points.ts'
import type { Fault } from './fault.ts'
import { flappingFault } from './flapping.ts'
import { fsyncErrorFault } from './fsync-error.ts'
import { killFault } from './kill.ts'
import { ledgerCrashFault } from './ledger/ledger-crash-fault.ts'
import { ledgerFault } from './ledger/ledger-fault.ts'
import { offlineFault } from './offline.ts'
import { powerCutFault } from './power-cut.ts'
import { simulationFault } from './simulation.ts'
import { tinyDiskFault } from './tiny-disk.ts'

/** All members of the harness. A new one is a file that exports a Fault and a line here. */
export const allFaults: readonly Fault[] = [
  killFault,
  crashPointsFault,
  powerCutFault,
  tinyDiskFault,
  clockJumpsFault,
  simulationFault,
  offlineFault,
  flappingFault,
  fsyncErrorFault,
  ledgerFault,
  canariesFault,
  ledgerCrashFault,
]

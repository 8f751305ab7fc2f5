import { join } from 'node:path'
import { createSeededRandom } from '../../../src/engines/generation/seeded-random.ts'
import type { Random } from '../../../src/spec/ports.ts'
import { killAtRandom } from '../../../src/testing/faults/killer.ts'
import { loopMissing, makeLoopImage } from '../../../src/testing/faults/loop-image.ts'
import { cutPower } from '../../../src/testing/faults/power-cut.ts'
import { addResults, nothingYet } from '../add-results.ts'
import type { Fault, FaultResult } from '../fault.ts'
import { faultFolder } from '../fault-folder.ts'
import { recoverLedger, startLedgerProcess } from './killed-ledger.ts'

/** Kills in one folder before the next begins with an empty one: each restart checks all of it. */
const killsPerFolder = 20

/** SIGKILL and power cuts while a ledger is written: each entry that was told of must be there, in a chain that holds. */
export const ledgerCrashFault: Fault = {
  name: 'ledger-crash',
  summary: 'SIGKILL and power cuts while the ledger is written; 500 kills and 50 cuts in the long form',
  async run({ full, seed, say, signal }) {
    const random = createSeededRandom(seed)
    let result: FaultResult = nothingYet
    for (const kills = full ? 500 : 12; result.injected < kills; ) {
      await using room = await faultFolder()
      const folder = join(room.path, 'ledger')
      const tally = await killAtRandom({
        kills: Math.min(killsPerFolder, kills),
        random,
        signal,
        start: (acknowledged) => startLedgerProcess(folder, acknowledged),
        recover: () => recoverLedger(folder),
      })
      result = addResults(result, tally)
      say(`${result.injected} kills, ${result.acknowledged} acknowledged, ${result.lost} lost`)
    }
    const missing = loopMissing()
    if (missing !== undefined) return { ...result, notes: [`no power cuts: ${missing}`] }
    for (let cut = 0; cut < (full ? 50 : 3); cut += 1) {
      signal.throwIfAborted()
      result = addResults(result, await cutOnce(random))
      say(`${cut + 1} power cuts, ${result.acknowledged} acknowledged, ${result.lost} lost`)
    }
    return result
  },
}

async function cutOnce(random: Random): Promise<FaultResult> {
  await using folder = await faultFolder()
  const { acknowledged, lost, duplicated } = await cutPower({
    image: await makeLoopImage({ folder: folder.path, megabytes: 64 }),
    random,
    start: (mounted) => startLedgerProcess(join(mounted, 'ledger'), new Set()),
    recover: (mounted) => recoverLedger(join(mounted, 'ledger')),
  })
  return { injected: 1, acknowledged, lost: lost.length, duplicated: duplicated.length }
}

import { createSeededRandom } from '../../src/engines/generation/seeded-random.ts'
import { killAtRandom } from '../../src/testing/faults/killer.ts'
import { addResults, nothingYet } from './add-results.ts'
import type { Fault, FaultResult } from './fault.ts'
import { faultFolder } from './fault-folder.ts'
import { recoverSite, startSite } from './site/site.ts'

/** Kills in one folder before the next begins with an empty one. */
const killsPerFolder = 20

/** SIGKILL at random moments while an edge enqueues, delivers and deletes, and its hub receives. */
export const killFault: Fault = {
  name: 'kill',
  summary: 'SIGKILL at random moments of enqueueing and delivering; 1,000 kills in the long form',
  async run({ full, seed, say, signal }) {
    const random = createSeededRandom(seed)
    const kills = full ? 1000 : 8
    let result: FaultResult = nothingYet
    while (result.injected < kills) {
      await using folder = await faultFolder()
      const done = result
      const tally = await killAtRandom({
        kills: Math.min(killsPerFolder, kills - done.injected),
        random,
        signal,
        start: (acknowledged) => startSite({ folder: folder.path, first: firstMissing(acknowledged) }),
        recover: () => recoverSite(folder.path),
      })
      result = addResults(done, tally)
      say(`${result.injected} of ${kills} kills, ${result.acknowledged} acknowledged, ${result.lost} lost`)
    }
    return result
  },
}

/** Those behind it that are acknowledged are enqueued again, as by a caller who did not hear of it. */
function firstMissing(acknowledged: ReadonlySet<string>): number {
  let key = 1
  while (acknowledged.has(String(key))) key += 1
  return key
}

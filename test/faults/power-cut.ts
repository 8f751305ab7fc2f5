import { createSeededRandom } from '../../src/engines/generation/seeded-random.ts'
import type { Random } from '../../src/spec/ports.ts'
import { loopMissing, makeLoopImage } from '../../src/testing/faults/loop-image.ts'
import { cutPower, type PowerCut } from '../../src/testing/faults/power-cut.ts'
import { addResults, nothingYet } from './add-results.ts'
import type { Fault, FaultResult } from './fault.ts'
import { faultFolder } from './fault-folder.ts'
import { recoverSite, siteKeys, startSite } from './site/site.ts'

/** One that comes right behind a sync of the file system may lose nothing. */
const mostControlCuts = 5

/** The disk as it is at a random moment, without the page cache; then the same with `synchronous=NORMAL`, which has to lose something. */
export const powerCutFault: Fault = {
  name: 'power-cut',
  summary: 'the disk without its page cache at random moments; 100 cuts in the long form; a control run must lose',
  missing: loopMissing,
  async run({ full, seed, say, signal }) {
    const random = createSeededRandom(seed)
    const cuts = full ? 100 : 2
    let result: FaultResult = nothingYet
    for (let cut = 1; cut <= cuts; cut += 1) {
      signal.throwIfAborted()
      result = addResults(result, counted(await cutOnce(random, 'FULL')))
      say(`${cut} of ${cuts} cuts, ${result.acknowledged} acknowledged, ${result.lost} lost`)
    }
    return { ...result, ...(await control(random, say)) }
  },
}

async function control(random: Random, say: (line: string) => void): Promise<Pick<FaultResult, 'notes' | 'failure'>> {
  let control: FaultResult = nothingYet
  while (control.lost === 0 && control.injected < mostControlCuts) {
    control = addResults(control, counted(await cutOnce(random, 'NORMAL')))
  }
  const note = `control with synchronous=NORMAL: ${control.lost} of ${control.acknowledged} acknowledged lost in ${control.injected} cuts`
  say(note)
  if (control.lost > 0) return { notes: [note] }
  return { notes: [note], failure: 'the control lost nothing, so these cuts prove nothing' }
}

async function cutOnce(random: Random, synchronous: 'FULL' | 'NORMAL'): Promise<PowerCut> {
  await using folder = await faultFolder()
  return await cutPower({
    image: await makeLoopImage({ folder: folder.path, megabytes: 64 }),
    random,
    start: (mounted) => startSite({ folder: mounted, first: 1, synchronous }),
    // A hub that has lost what it confirmed is told so by the next delivery, which then ends; the control counts what is there.
    recover: synchronous === 'FULL' ? recoverSite : siteKeys,
  })
}

function counted({ acknowledged, lost, duplicated }: PowerCut): FaultResult {
  return { injected: 1, acknowledged, lost: lost.length, duplicated: duplicated.length }
}

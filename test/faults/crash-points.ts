import { join } from 'node:path'
import { createSeededRandom } from '../../src/engines/generation/seeded-random.ts'
import { compareKeys } from '../../src/testing/faults/compare-keys.ts'
import { type CrashPoint, crashAt, listCrashPoints } from '../../src/testing/faults/crash-points.ts'
import { straceMissing } from '../../src/testing/faults/strace.ts'
import { addResults, nothingYet } from './add-results.ts'
import type { Fault, FaultResult } from './fault.ts'
import { faultFolder } from './fault-folder.ts'
import { recoverSite, siteCommand, siteFiles } from './site/site.ts'

/** Entries of the one cycle: taken in, handed over, confirmed, deleted. */
const entries = 3

/** SIGKILL before every call that changes a file, from the first opening of the stores to their closing. */
export const crashPointsFault: Fault = {
  name: 'crash-points',
  summary: 'SIGKILL at every write, sync, truncation and unlink of one cycle; a sample of them in the short form',
  missing: straceMissing,
  async run({ full, seed, say, signal }) {
    const points = await allPoints()
    const chosen = full ? points : sample(points, 10, seed)
    let result: FaultResult = nothingYet
    for (const point of chosen) {
      signal.throwIfAborted()
      result = addResults(result, await crashOnce(point))
      say(`${result.injected} of ${chosen.length}: before ${point.call} number ${point.when}, ${result.lost} lost`)
    }
    return { ...result, notes: [`${points.length} points in a cycle of ${entries} entries, ${result.injected} tried`] }
  },
}

function subjectIn(folder: string) {
  const command = siteCommand({ folder, first: 1, count: entries })
  return { command, paths: siteFiles(folder), trace: join(folder, 'trace') }
}

async function allPoints(): Promise<readonly CrashPoint[]> {
  await using folder = await faultFolder()
  return await listCrashPoints(subjectIn(folder.path))
}

async function crashOnce(point: CrashPoint): Promise<FaultResult> {
  await using folder = await faultFolder()
  const { reached, acknowledged } = await crashAt(point, subjectIn(folder.path))
  const { lost, duplicated } = compareKeys(acknowledged, await recoverSite(folder.path))
  return {
    injected: reached ? 1 : 0,
    acknowledged: acknowledged.length,
    lost: lost.length,
    duplicated: duplicated.length,
  }
}

function sample(points: readonly CrashPoint[], count: number, seed: number): readonly CrashPoint[] {
  const random = createSeededRandom(seed)
  return Array.from(
    { length: Math.min(count, points.length) },
    () => points[Math.floor(random() * points.length)],
  ).filter((point) => point !== undefined)
}

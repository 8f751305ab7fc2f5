import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EdgewiseError } from '../../src/spec/errors.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { EdgeStore } from '../../src/store/store.ts'
import { compareKeys } from '../../src/testing/faults/compare-keys.ts'
import { mountMissing } from '../../src/testing/faults/loop-image.ts'
import { mountTinyDisk } from '../../src/testing/faults/tiny-disk.ts'
import { addResults, nothingYet } from './add-results.ts'
import type { Fault, FaultResult } from './fault.ts'
import { faultFolder } from './fault-folder.ts'
import { recoverSite, siteFiles } from './site/site.ts'

const diskKilobytes = 2048
/** What somebody else has on that disk, and takes away again. */
const ballastBytes = 900_000
/** Attempts after the first refusal: none of them may do harm. */
const attemptsWhenFull = 20

/** A disk that is full, then has space again. */
export const tinyDiskFault: Fault = {
  name: 'tiny-disk',
  summary: 'a full disk refuses by a typed error, loses nothing, and takes more once there is space',
  missing: mountMissing,
  async run({ full, seed, say }) {
    let result: FaultResult = nothingYet
    for (let round = 0; round < (full ? 20 : 2); round += 1) {
      result = addResults(result, await fillOnce(300 + ((seed + 977 * round) % 3000)))
      say(`${result.injected} refusals, ${result.acknowledged} acknowledged, ${result.lost} lost`)
    }
    return result
  },
}

async function fillOnce(bodyBytes: number): Promise<FaultResult> {
  await using folder = await faultFolder()
  await using disk = await mountTinyDisk({ folder: join(folder.path, 'tiny'), kilobytes: diskKilobytes })
  const ballast = join(disk.folder, 'ballast')
  await writeFile(ballast, new Uint8Array(ballastBytes))
  const { acknowledged, refused, failure } = await fill(disk.folder, bodyBytes, () => rm(ballast))
  // The hub takes its own space, of which there is some on the folder above.
  const { lost, duplicated } = compareKeys(acknowledged, await recoverSite(disk.folder, folder.path))
  const counts = { acknowledged: acknowledged.length, lost: lost.length, duplicated: duplicated.length }
  return { injected: refused, ...counts, ...(failure !== undefined && { failure }) }
}

interface Filled {
  readonly acknowledged: readonly string[]
  readonly refused: number
  readonly failure?: string
}

async function fill(folder: string, bodyBytes: number, makeSpace: () => Promise<void>): Promise<Filled> {
  await using store = await openStore({ path: siteFiles(folder)[0] ?? '' })
  const acknowledged: string[] = []
  let key = 0
  let refused = 0
  while (refused === 0) {
    key += 1
    if (await isTaken(store, key, bodyBytes)) acknowledged.push(String(key))
    else refused += 1
  }
  for (; refused < attemptsWhenFull; refused += 1) {
    key += 1
    if (await isTaken(store, key, bodyBytes)) acknowledged.push(String(key))
  }
  await makeSpace()
  key += 1
  if (!(await isTaken(store, key, bodyBytes)))
    return { acknowledged, refused, failure: 'still refused with space free' }
  return { acknowledged: [...acknowledged, String(key)], refused }
}

/** False for a refusal by the right error; any other error is thrown. */
async function isTaken(store: EdgeStore, key: number, bodyBytes: number): Promise<boolean> {
  try {
    await store.outbox.enqueue({
      kind: 'background-request',
      body: { key: String(key), text: 'x'.repeat(bodyBytes) },
      idempotencyKey: String(key),
    })
    return true
  } catch (thrown) {
    if (thrown instanceof EdgewiseError && thrown.code === 'storage-full') return false
    throw thrown
  }
}

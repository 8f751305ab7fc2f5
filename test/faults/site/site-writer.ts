import { parseArgs } from 'node:util'
import { asEdgewiseError } from '../../../src/spec/errors.ts'
import { acknowledge } from '../../../src/testing/faults/acknowledge.ts'
import { syncLazily } from './lazy-sync.ts'
import { openSite } from './open-site.ts'

/**
 * An edge and its hub in one process: enqueues the entries `--first`, `--first` + 1 and so on, tells of each that is on disk, and hands them
 * over all the while. With `--count` it ends when that many are delivered. Ends with the code of the error at the first refusal.
 */
const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: '' },
    first: { type: 'string', default: '1' },
    count: { type: 'string', default: 'Infinity' },
    synchronous: { type: 'string', default: 'FULL' },
  },
})

/** So many callers enqueue at the same time, so that commits carry several entries. */
const callers = 4

if (values.synchronous === 'NORMAL') syncLazily()
try {
  await using site = await openSite({ edgeFolder: values.folder, hubFolder: values.folder })
  const first = Number(values.first)
  const delivering = site.keepDelivering()
  const enqueueEvery = async (caller: number) => {
    for (let key = first + caller; key < first + Number(values.count); key += callers) {
      await site.enqueue(key)
      acknowledge(String(key))
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, caller) => enqueueEvery(caller)))
  await delivering.end()
  await site.drain()
} catch (thrown) {
  const { code, message } = asEdgewiseError(thrown)
  console.error(`${code}: ${message}`)
  process.exitCode = 1
}

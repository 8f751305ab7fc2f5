import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createSeededRandom } from '../../../src/engines/generation/seeded-random.ts'
import { faultFolder } from '../../faults/fault-folder.ts'
import { conserveBytes } from '../../faults/ledger/conserve-bytes.ts'

it('the ledger has the bytes of the wire: exactly where a send completed, never fewer where it was cut', async () => {
  await using folder = await faultFolder()
  const random = createSeededRandom(4)
  const { faults, repeated, ...tally } = await conserveBytes({
    folder: join(folder.path, 'ledger'),
    sends: 1000,
    random,
  })
  expect({ faults, repeated }).toEqual({ faults: [], repeated: 0 })
  expect(tally.completed).toBeGreaterThan(500)
  expect(tally.interrupted).toBeGreaterThan(100)
  expect(tally.unsent).toBeGreaterThan(30)
}, 60_000)

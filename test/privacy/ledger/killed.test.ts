import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createSeededRandom } from '../../../src/engines/generation/seeded-random.ts'
import { killAtRandom } from '../../../src/testing/faults/killer.ts'
import { faultFolder } from '../../faults/fault-folder.ts'
import { recoverLedger, startLedgerProcess } from '../../faults/ledger/killed-ledger.ts'

it('a ledger whose writer is killed at any moment is good after each restart and has every entry it told of', async () => {
  await using room = await faultFolder()
  const folder = join(room.path, 'ledger')
  const tally = await killAtRandom({
    kills: 24,
    random: createSeededRandom(9),
    start: (acknowledged) => startLedgerProcess(folder, acknowledged),
    recover: () => recoverLedger(folder),
  })
  expect(tally).toMatchObject({ injected: 24, lost: 0, duplicated: 0 })
  expect(tally.acknowledged).toBeGreaterThan(200)
}, 120_000)

import { join } from 'node:path'
import { createSeededRandom } from '../../../src/engines/generation/seeded-random.ts'
import type { Fault } from '../fault.ts'
import { faultFolder } from '../fault-folder.ts'
import { conserveBytes } from './conserve-bytes.ts'

/** Sends with faults on both sides; a byte on the wire that is not in the ledger counts as lost. */
export const ledgerFault: Fault = {
  name: 'ledger',
  summary:
    'cut, stalled, reset, refused and half-written sends: ledger bytes against wire bytes; 10,000 sends in the long form',
  async run({ full, seed, say, signal }) {
    const sends = full ? 10_000 : 1000
    await using folder = await faultFolder()
    const { completed, interrupted, unsent, ledgerBytes, wireBytes, faults, repeated } = await conserveBytes({
      folder: join(folder.path, 'ledger'),
      sends,
      random: createSeededRandom(seed),
      onProgress: (done) => say(`${done} of ${sends} sends`),
      signal,
    })
    return {
      injected: interrupted + unsent,
      acknowledged: completed,
      lost: faults.length,
      duplicated: repeated,
      notes: [
        `${completed} sends completed, ${interrupted} interrupted, ${unsent} did not leave`,
        `${wireBytes} bytes on the wire, at most ${ledgerBytes} by the ledger`,
        ...faults.slice(0, 10),
      ],
    }
  },
}

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { asEdgewiseError } from '../../spec/errors.ts'
import type { Check } from './check.ts'

/** Whether the store of the edge is whole, hands over what it has, and was never damaged. */
export const checkStore: Check = async ({ settings: { stateFolder } }) => {
  const subject = 'store'
  const path = join(stateFolder, 'edge.db')
  const { quarantinedFiles } = await import('../../store/quarantine.ts')
  const [moved] = quarantinedFiles(path)
  if (moved !== undefined) {
    const what = `it was damaged once: ${moved} was moved aside`
    const fix =
      'Check the disk. What could be read is in the new store; remove that file when you have no more use for it.'
    return { verdict: 'warn', subject, what, fix }
  }
  if (!existsSync(path)) return { verdict: 'ok', subject, what: `${path} will be made at the first start` }
  try {
    const { openStore } = await import('../../store/open-store.ts')
    await using store = await openStore({ path })
    const { waiting, halted } = store.outbox.status()
    const rows = Object.values(waiting).reduce((sum, held) => sum + held.rows, 0)
    const what = `${path} is whole; ${rows} entries wait in the outbox`
    if (halted === undefined) return { verdict: 'ok', subject, what }
    return { verdict: 'fail', subject, what: halted, fix: 'Find out why; then: edgewise store new-epoch' }
  } catch (thrown) {
    const { message } = asEdgewiseError(thrown)
    return {
      verdict: 'fail',
      subject,
      what: message,
      fix: 'Start the edge: it moves a damaged store aside and saves what it can.',
    }
  }
}

import { access, constants, stat } from 'node:fs/promises'
import type { Check } from './check.ts'

/** Whether the state folder can be written, and by its owner alone. */
export const checkStateFolder: Check = async ({ settings: { stateFolder } }) => {
  const subject = 'state folder'
  try {
    const { mode } = await stat(stateFolder)
    await access(stateFolder, constants.R_OK | constants.W_OK | constants.X_OK)
    if (process.platform === 'win32' || (mode & 0o077) === 0) return { verdict: 'ok', subject, what: stateFolder }
    const what = `${stateFolder} can be entered by other users (mode ${(mode & 0o777).toString(8)})`
    return { verdict: 'warn', subject, what, fix: `chmod 700 ${stateFolder}` }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return { verdict: 'ok', subject, what: `${stateFolder} will be made at the first start` }
    }
    const what = `${stateFolder} cannot be used: ${error instanceof Error ? error.message : String(error)}`
    return {
      verdict: 'fail',
      subject,
      what,
      fix: 'Give yourself the right to write there, or name another with EDGEWISE_STATE.',
    }
  }
}

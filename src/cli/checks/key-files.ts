import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Check } from './check.ts'

const holdsKey = /(?:api|privacy)-key$|\.pem$/

/** Whether anybody but the owner can read the keys in the state folder. */
export const checkKeyFiles: Check = async ({ settings: { stateFolder } }) => {
  const subject = 'key files'
  const names = await readdir(stateFolder).catch(() => [])
  const paths = names.filter((name) => holdsKey.test(name)).map((name) => join(stateFolder, name))
  if (paths.length === 0) return { verdict: 'ok', subject, what: 'none yet' }
  const modes = await Promise.all(paths.map(async (path) => ({ path, mode: (await stat(path)).mode })))
  const open =
    process.platform === 'win32' ? [] : modes.filter(({ mode }) => (mode & 0o077) !== 0).map(({ path }) => path)
  if (open.length === 0) return { verdict: 'ok', subject, what: `${paths.length} readable by you alone` }
  const what = `other users can read ${open.join(' and ')}`
  return {
    verdict: 'fail',
    subject,
    what,
    fix: `chmod 600 ${open.join(' ')}; whoever may have read them still knows the keys.`,
  }
}

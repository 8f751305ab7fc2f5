import type { Check } from './check.ts'

const needed = 24

/** Whether this Node is one that Edgewise runs on. */
export const checkNodeVersion: Check = async () => {
  const running = process.versions.node
  const subject = 'Node'
  if (Number.parseInt(running, 10) >= needed) return { verdict: 'ok', subject, what: `version ${running}` }
  return { verdict: 'fail', subject, what: `version ${running} is too old`, fix: `Install Node ${needed} or newer.` }
}

import { expect, it } from 'vitest'
import { createLog } from '../../src/cli/log.ts'

function collect(isPretty: boolean) {
  const lines: string[] = []
  return { lines, log: createLog({ level: 'info', isPretty, write: (text) => lines.push(text) }) }
}

it('writes one line per entry for a person, with the facts behind it', () => {
  const { lines, log } = collect(true)
  log.warn({ code: 'link-down', err: new Error('two\nlines') }, 'the cloud was lost')
  log.debug('not this')
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d warn {2}the cloud was lost \(code=link-down two lines\)\n$/)
})

it('writes JSON for a machine', () => {
  const { lines, log } = collect(false)
  log.info({ port: 1 }, 'listening')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 30, port: 1, msg: 'listening' })
})

import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runEdgewise, startEdgewise, waitForLine } from './run-edgewise.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgewise-hub-state-'))
})
afterAll(() => rm(folder, { recursive: true }))

const run = (...words: string[]) => runEdgewise({ arguments: words, folder })

it('warns when a token is for a hub that never ran with that state folder, each time, and gives it', async () => {
  for (const _ of ['at first', 'and again']) {
    const { code, stdout, stderr } = await run('hub', 'token', '--state', 'wrong')
    expect(code).toBe(0)
    expect(stdout.trim()).not.toBe('')
    expect(stderr).toContain(`Warning: No hub has run with the state folder ${join(folder, 'wrong')} so far`)
  }
  await mkdir(join(folder, 'right'))
  await writeFile(join(folder, 'right', 'hub-api-key'), 'as a hub leaves it')
  expect((await run('hub', 'token', '--state', 'right')).stderr).not.toContain('Warning')
})

it('warns at its start when edges are to dial an address at which it does not listen', async () => {
  for (const [host, isWarned] of [
    ['127.0.0.1', true],
    ['0.0.0.0', false],
  ] as const) {
    const words = ['hub', '--port', '0', '--host', host, '--public-url', 'https://hub.example:4600', '--state', host]
    const child = startEdgewise({ arguments: words, folder })
    const ended = once(child, 'close')
    let said = ''
    child.stderr.on('data', (piece: Buffer) => {
      said += piece.toString()
    })
    await waitForLine(child.stdout, /The hub answers at/)
    child.kill('SIGTERM')
    await ended
    expect(said.includes('edges will dial https://hub.example:4600, but this hub listens on')).toBe(isWarned)
  }
}, 60_000)

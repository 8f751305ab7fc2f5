import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/spec/system-clock.ts'
import { openStore } from '../../src/store/open-store.ts'
import { runEdgewise } from './run-edgewise.ts'

const root = mkdtempSync(join(tmpdir(), 'edgewise-cli-store-'))
let folder = ''
let path = ''
let count = 0

beforeEach(() => {
  count += 1
  folder = join(root, String(count))
  path = join(folder, 'state', 'edge.db')
  mkdirSync(folder)
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

function run(...words: readonly string[]) {
  return runEdgewise({ arguments: ['store', ...words, '--state', join(folder, 'state')], folder })
}

async function enqueue(...bodies: readonly unknown[]): Promise<void> {
  await using store = await openStore({ path })
  for (const body of bodies) await store.outbox.enqueue({ kind: 'telemetry', body })
}

async function waiting(): Promise<number> {
  await using store = await openStore({ path })
  return store.outbox.status().waiting.telemetry.rows
}

describe('edgewise store', () => {
  it('backs up and restores, and keeps what was there', async () => {
    await enqueue(1)
    const file = join(folder, 'copy.db')
    const saved = await run('backup', file)
    expect(saved).toMatchObject({ code: 0, stdout: expect.stringContaining('checked and on disk') })
    await enqueue(2, 3)
    expect(await run('backup', file)).toMatchObject({ code: 1, stderr: expect.stringContaining('exists already') })
    const restored = await run('restore', file)
    expect(restored).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/begin epoch [0-9a-f]{32}.*before-restore/),
    })
    expect(await waiting()).toBe(1)
    expect(readdirSync(join(folder, 'state')).filter((name) => name.includes('before-restore'))).toHaveLength(1)
  })

  it('restores nothing under a program that runs', async () => {
    await enqueue(1)
    const file = join(folder, 'copy.db')
    await run('backup', file)
    await using _running = await openStore({ path })
    expect(await run('restore', file)).toMatchObject({ code: 1, stderr: expect.stringContaining('locked by another') })
    expect(await run('compact')).toMatchObject({ code: 1 })
  })

  it('tells what waits, and lets a halted outbox go on', async () => {
    await enqueue(1)
    {
      await using store = await openStore({ path })
      await store.outbox.delivery.halt('forked, says the hub')
    }
    const { stdout } = await run('status')
    expect(stdout).toMatch(/telemetry +1 entries/)
    expect(stdout).toMatch(/HALTED: forked/)
    expect(await run('new-epoch')).toMatchObject({ code: 0 })
    expect((await run('status')).stdout).not.toContain('HALTED')
  })

  it('tells the limits of the settings, and forgets nothing that they keep', async () => {
    const longAgo = { ...systemClock, now: () => Date.now() - 100 * 86_400_000 }
    const kept = { keepDays: 365, keepBytes: 2 ** 20 }
    const stored = { id: 'resp_1', keyId: 'key', conversation: 'c', previousId: undefined, body: 1, input: [] }
    {
      await using store = await openStore({ path, clock: longAgo, responses: kept })
      store.responses.save(stored)
    }
    const config = join(folder, 'settings.yaml')
    writeFileSync(config, 'edge: { outbox: { rows: 1234, mib: 2 } }\n')
    const { stdout } = await run('status', '--config', config)
    expect(stdout).toContain('at most 1234 entries, 2097152 bytes')
    await using store = await openStore({ path, responses: kept })
    expect(await store.responses.find('resp_1', 'key')).toEqual(stored)
  })

  it('makes no store where there is none', async () => {
    for (const words of [['status'], ['backup', join(folder, 'x.db')], ['compact'], ['new-epoch']]) {
      expect(await run(...words)).toMatchObject({ code: 1, stderr: expect.stringContaining('no store at') })
    }
  })
})

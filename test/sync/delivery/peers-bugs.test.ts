import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EdgewiseError } from '../../../src/spec/errors.ts'
import type { OpenConnection } from '../../../src/spec/ports.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { temporaryFolder, testHub } from '../../hub/running-hub.ts'
import { eventually, receivedBy, testEdge } from './delivering-edge.ts'

const storeModule = join(import.meta.dirname, '../../../src/store/open-store.ts')

/** Takes entries in as fast as it can and says each one that is on disk, until it is killed. */
const endless = (path: string) => `
  const { openStore } = await import(${JSON.stringify(storeModule)})
  const { writeSync } = await import('node:fs')
  const store = await openStore({ path: ${JSON.stringify(path)} })
  let next = 0
  const work = async () => {
    for (;;) {
      const body = next++
      await store.outbox.enqueue({ kind: 'telemetry', body })
      writeSync(1, body + '\\n')
    }
  }
  await Promise.all([work(), work(), work(), work()])`

/** Four bugs that users of another edge runtime live or lived with, and that must not be here. */
describe('an edge does not share the bugs of its peers:', () => {
  it('what is queued is not lost at a reboot (IoT Edge #706)', async () => {
    const path = join(temporaryFolder(), 'edge.db')
    for (let kill = 0; kill < 3; kill += 1) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', endless(`${path}${kill}`)])
      let said = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text
        if (said.length > 500 * (kill + 1)) child.kill('SIGKILL')
      })
      await once(child, 'close')
      await using store = await openStore({ path: `${path}${kill}` })
      const kept = new Set(
        (await store.outbox.lease({ kinds: ['telemetry'], limit: 1e6, leaseMs: 1 })).map(({ body }) => body),
      )
      const acknowledged = said.split('\n').slice(0, -1).map(Number)
      expect(acknowledged.length).toBeGreaterThan(100)
      expect(acknowledged.filter((body) => !kept.has(body))).toEqual([])
    }
  }, 30_000)

  it('after a restart without a network it finds its hub when the link is back (IoT Edge #530)', async () => {
    await using hub = await testHub()
    const folder = temporaryFolder()
    let isCut = true
    const through =
      (open: OpenConnection): OpenConnection =>
      (outbound) =>
        isCut ? Promise.reject(new EdgewiseError('link-down', 'no route')) : open(outbound)
    const before = await testEdge({ hub, folder, through })
    await before.say('a')
    before.start()
    await eventually(() => before.clock.pendingDelays === 1)
    await before[Symbol.asyncDispose]()
    await using again = await testEdge({ hub, folder, identity: before.identity, through })
    again.setLink('down')
    again.start()
    await again.say('b')
    await again.clock.advance(3_600_000)
    isCut = false
    again.setLink('up')
    await again.clock.advance(5_000)
    await eventually(() => again.store.outbox.status().waiting.telemetry.rows === 0)
    expect(await receivedBy(hub)).toEqual(['a', 'b'])
  })

  it('the disk is given back when what was queued is delivered (IoT Edge #1948, #3981)', async () => {
    await using hub = await testHub()
    await using edge = await testEdge({ hub })
    const { signal } = new AbortController()
    await edge.store.housekeeping.run(signal)
    const bytes = () => ['', '-wal'].reduce((sum, suffix) => sum + statSync(edge.path + suffix).size, 0)
    const base = bytes()
    await edge.say(...Array.from({ length: 4000 }, (_, index) => `${index} ${'x'.repeat(1000)}`))
    expect(bytes()).toBeGreaterThan(base + 4_000_000)
    edge.start()
    await eventually(() => edge.store.outbox.status().waiting.telemetry.rows === 0)
    await edge.store.housekeeping.run(signal)
    expect(bytes()).toBeLessThan(base + 100_000)
    expect(await receivedBy(hub)).toHaveLength(4000)
  }, 30_000)

  it('what nobody set a deadline for waits as long as it takes, not two hours (azure-docs #72820)', async () => {
    await using hub = await testHub()
    await using edge = await testEdge({ hub })
    edge.setLink('down')
    await edge.say('a')
    edge.start()
    await edge.clock.advance(30 * 86_400_000)
    await edge.store.housekeeping.run(new AbortController().signal)
    edge.setLink('up')
    await edge.clock.advance(5_000)
    await eventually(() => edge.store.outbox.status().waiting.telemetry.rows === 0)
    expect(await receivedBy(hub)).toEqual(['a'])
  })
})

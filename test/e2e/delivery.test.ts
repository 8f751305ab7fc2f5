import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { edgeConfigSchema } from '../../src/edge/config.ts'
import { startEdge } from '../../src/edge/presets/node.ts'
import { systemClock } from '../../src/spec/system-clock.ts'
import { openStore } from '../../src/store/open-store.ts'
import { openIdentity } from '../../src/sync/enrolment/identity.ts'
import { joinAs, temporaryFolder, testHub } from '../hub/running-hub.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

it('a joined edge hands over what an earlier run has queued, and tells of its store', async () => {
  await using hub = await testHub()
  const stateFolder = temporaryFolder()
  const identity = await openIdentity({ folder: stateFolder, name: 'edge' })
  await joinAs({ token: await hub.mintJoinToken(), identity })
  {
    await using store = await openStore({ path: join(stateFolder, 'edge.db') })
    for (const body of ['a', 'b', 'c']) await store.outbox.enqueue({ kind: 'telemetry', body })
  }
  const { url, fingerprint } = hub
  const config = edgeConfigSchema.parse({ port: 0, threads: 1, hub: { url, fingerprint } })
  const edge = await startEdge({ config, stateFolder, clock: systemClock, log: quiet })
  try {
    const metrics = async () => {
      const headers = { authorization: `Bearer ${edge.apiKey}` }
      return (await fetch(`${edge.url}/metrics`, { headers })).text()
    }
    const until = performance.now() + 15_000
    let text = await metrics()
    while (!text.includes('edgewise_outbox_finished_total{outcome="delivered"} 3') && performance.now() < until) {
      text = await metrics()
    }
    expect(text).toContain('edgewise_outbox_entries{kind="telemetry"} 0')
    expect(text).toContain('edgewise_outbox_halted 0')
    expect(text).toContain('edgewise_store_quarantined 0')
  } finally {
    await edge.close()
  }
  await using store = await openStore({ path: join(hub.folder, 'hub.db') })
  const received = await store.deliveries.since(0, 9)
  expect(received.map(({ edge: from, body }) => [from, body])).toEqual(
    ['"a"', '"b"', '"c"'].map((body) => [identity.id, body]),
  )
}, 60_000)

it('an edge whose store is damaged starts all the same, says so loudly, and keeps what was promised', async () => {
  const stateFolder = temporaryFolder()
  const path = join(stateFolder, 'edge.db')
  {
    await using store = await openStore({ path })
    for (let index = 0; index < 50; index += 1) await store.outbox.enqueue({ kind: 'telemetry', body: index })
  }
  const whole = readFileSync(path)
  writeFileSync(path, whole.subarray(0, whole.length - 4096))
  const errors: unknown[] = []
  const log = { ...quiet, error: (...said: unknown[]) => void errors.push(said) }
  const edge = await startEdge({
    config: edgeConfigSchema.parse({ port: 0, threads: 1 }),
    stateFolder,
    clock: systemClock,
    log: log as typeof quiet,
  })
  const headers = { authorization: `Bearer ${edge.apiKey}` }
  const text = await (await fetch(`${edge.url}/metrics`, { headers })).text()
  await edge.close()
  expect(text).toContain('edgewise_store_quarantined 1')
  expect(JSON.stringify(errors)).toMatch(/damaged.*moved aside/)
}, 60_000)

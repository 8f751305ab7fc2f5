import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hubConfigSchema } from '../../hub/config.ts'
import { startHub } from '../../hub/server.ts'
import { createEgress } from '../../privacy/egress/egress.ts'
import { systemClock } from '../../spec/system-clock.ts'
import { openStore } from '../../store/open-store.ts'
import type { EdgeStore } from '../../store/store.ts'
import { deliverOutbox } from '../../sync/delivery/edge.ts'
import { openIdentity } from '../../sync/enrolment/identity.ts'
import { joinHub } from '../../sync/enrolment/join-edge.ts'
import { parseJoinToken } from '../../sync/enrolment/join-token.ts'
import { createScriptedGenerator } from '../../testing/scripted-generator.ts'
import type { Figure } from '../bench.ts'
import { median } from '../statistics.ts'

const entries = 10_000
const rounds = 5
const body = { kind: 'decision', text: 'x'.repeat(300) }
const quiet = { debug() {}, info() {}, warn() {}, error() {} }

/** Entries a second from one edge to a real hub over mutual TLS on loopback, until each is on the hub's disk and forgotten at the edge. */
export async function measureDrain(say: (line: string) => void): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'edgewise-bench-'))
  const config = hubConfigSchema.parse({ port: 0 })
  const engines = [createScriptedGenerator({ model: 'none', script: [] })]
  const hub = await startHub({ config, stateFolder: join(folder, 'hub'), engines, clock: systemClock, log: quiet })
  try {
    await using store = await openStore({ path: join(folder, 'edge.db') })
    const { url, open, close } = await joinedWay(await hub.mintJoinToken(), join(folder, 'edge'))
    const rates: number[] = []
    for (let round = 0; round < rounds; round++) {
      await Promise.all(Array.from({ length: entries }, () => store.outbox.enqueue({ kind: 'telemetry', body })))
      const seconds = await drain(store, { url, open })
      rates.push(entries / seconds)
      say(`round ${round + 1}: ${entries} entries in ${seconds.toFixed(2)} s`)
    }
    await close()
    return [{ name: 'entries drained to a hub', value: median(rates), unit: '1/s', goal: '>= 1000' }]
  } finally {
    await hub.close({ graceMs: 0 })
    await rm(folder, { recursive: true, force: true })
  }
}

/** The way of an edge that has just joined. */
async function joinedWay(text: string, folder: string) {
  const token = parseJoinToken(text)
  const identity = await openIdentity({ folder, name: 'edge' })
  const { certificatePem, privateKeyPem } = identity
  const tls = { pinnedFingerprint: token.fingerprint, certificatePem, privateKeyPem }
  const destinations = [{ origin: new URL(token.url).origin, tls }]
  const egress = createEgress({ destinations, record() {}, clock: systemClock })
  await joinHub({ token, identity, name: 'bench', open: egress.open, signal: new AbortController().signal })
  return { url: new URL(token.url), open: egress.open, close: () => egress[Symbol.asyncDispose]() }
}

type Way = Pick<Awaited<ReturnType<typeof joinedWay>>, 'url' | 'open'>

/** Seconds until the outbox is empty. */
async function drain({ outbox }: EdgeStore, { url, open }: Way): Promise<number> {
  const ending = new AbortController()
  const start = performance.now()
  const delivering = deliverOutbox({
    outbox,
    url,
    open,
    link: { profile: () => ({ state: 'up' }), onChange: () => () => undefined },
    clock: systemClock,
    random: Math.random,
    onTrouble: (error) => {
      throw error
    },
    signal: ending.signal,
  })
  while (outbox.status().waiting.telemetry.rows > 0) await systemClock.delay(2)
  const seconds = (performance.now() - start) / 1000
  ending.abort()
  await delivering
  return seconds
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { edgeConfigSchema } from '../../src/edge/config.ts'
import { type RunningEdge, startEdge } from '../../src/edge/presets/node.ts'
import { hubConfigSchema } from '../../src/hub/config.ts'
import { startHub } from '../../src/hub/server.ts'
import { createEgress } from '../../src/privacy/egress/egress.ts'
import { systemClock } from '../../src/spec/system-clock.ts'
import { openIdentity } from '../../src/sync/enrolment/identity.ts'
import { joinHub } from '../../src/sync/enrolment/join-edge.ts'
import { parseJoinToken } from '../../src/sync/enrolment/join-token.ts'
import { startLinkEmulator } from '../../src/testing/link-emulator/link-emulator.ts'
import { linkProfile } from '../../src/testing/link-emulator/link-profiles.ts'

const nothing = () => undefined
const log = { debug: nothing, info: nothing, warn: nothing, error: console.error }

/** A real hub and a real edge with the bundled models, joined through an emulated link. */
export async function startTwoMachines({ policy = {}, limits = {} }: { policy?: object; limits?: object } = {}) {
  await using opened = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'edgewise-e2e-'))
  opened.defer(() => rm(folder, { recursive: true, force: true }))

  const hub = await startHub({
    config: hubConfigSchema.parse({ port: 0, threads: 1 }),
    stateFolder: join(folder, 'hub'),
    clock: systemClock,
    log,
  })
  opened.defer(() => hub.close({ graceMs: 100 }))
  const link = opened.use(
    await startLinkEmulator({
      target: { host: '127.0.0.1', port: hub.port },
      profile: linkProfile('lan'),
      random: Math.random,
    }),
  )
  const token = { ...parseJoinToken(await hub.mintJoinToken()), url: `https://127.0.0.1:${link.port}` }
  const stateFolder = join(folder, 'edge')
  const identity = await openIdentity({ folder: stateFolder, name: 'edge' })
  const { certificatePem, privateKeyPem } = identity
  const tls = { pinnedFingerprint: token.fingerprint, certificatePem, privateKeyPem }
  const egress = opened.use(
    createEgress({ destinations: [{ origin: token.url, tls }], record: nothing, clock: systemClock }),
  )
  await joinHub({ token, identity, name: 'test edge', open: egress.open, signal: AbortSignal.timeout(10_000) })

  const config = edgeConfigSchema.parse({
    port: 0,
    threads: 1,
    hub: { url: token.url, fingerprint: token.fingerprint },
    policy: { privacy: { personalData: 'allow' }, ...policy },
    limits,
  })
  const start = () => startEdge({ config, stateFolder, clock: systemClock, log })
  let edge = await start()
  opened.defer(() => edge.close())
  const machines = opened.move()
  return {
    hub,
    link,
    edge,
    client: clientOf(edge),
    /** Ends the edge and starts it again; a client for it. */
    async restartEdge() {
      await edge.close()
      edge = await start()
      return clientOf(edge)
    },
    [Symbol.asyncDispose]: () => machines.disposeAsync(),
  }
}

export function clientOf({ url, apiKey }: Pick<RunningEdge, 'url' | 'apiKey'>): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 })
}

/** Waits until the edge has learnt the hub's models. */
export async function untilLinked(client: OpenAI): Promise<void> {
  const deadline = performance.now() + 20_000
  while (performance.now() < deadline) {
    const { data } = await client.models.list()
    if (data.some(({ id }) => id === 'edgewise-cloud')) return
  }
  throw new Error('the edge did not reach its hub within 20 s')
}

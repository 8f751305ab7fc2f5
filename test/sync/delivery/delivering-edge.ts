import { join } from 'node:path'
import { expect } from 'vitest'
import type { RunningHub } from '../../../src/hub/server.ts'
import { createEgress } from '../../../src/privacy/egress/egress.ts'
import type { EdgewiseError } from '../../../src/spec/errors.ts'
import type { LinkProfile } from '../../../src/spec/link-profile.ts'
import type { OpenConnection } from '../../../src/spec/ports.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'
import { openStore } from '../../../src/store/open-store.ts'
import type { EdgeStore } from '../../../src/store/store.ts'
import { deliverOutbox } from '../../../src/sync/delivery/edge.ts'
import type { Identity } from '../../../src/sync/enrolment/identity.ts'
import { createFakeClock, type FakeClock } from '../../../src/testing/fake-clock.ts'
import { joinAs, newEdge, temporaryFolder } from '../../hub/running-hub.ts'

export interface TestEdgeOptions {
  readonly hub: RunningHub
  readonly folder?: string
  readonly identity?: Identity
  /** Stands between the edge and its hub. */
  readonly through?: (open: OpenConnection) => OpenConnection
}

/** The delivering part of an edge: its store, its way out, and the loop between them. */
export interface TestEdge extends AsyncDisposable {
  readonly store: EdgeStore
  readonly path: string
  readonly identity: Identity
  readonly clock: FakeClock
  readonly troubles: EdgewiseError[]
  say(...words: readonly string[]): Promise<void>
  /** Begins to deliver. */
  start(): void
  stop(): Promise<void>
  setLink(state: LinkProfile['state']): void
}

/** An edge that has joined the hub, or comes back with an identity that has. */
export async function testEdge(options: TestEdgeOptions): Promise<TestEdge> {
  const { hub, folder = temporaryFolder(), through = (open) => open } = options
  const identity = options.identity ?? (await newEdge())
  if (options.identity === undefined) await joinAs({ token: await hub.mintJoinToken(), identity })
  const path = join(folder, 'edge.db')
  const clock = createFakeClock()
  const store = await openStore({ path, clock })
  const { certificatePem, privateKeyPem } = identity
  const tls = { pinnedFingerprint: hub.fingerprint, certificatePem, privateKeyPem }
  const egress = createEgress({
    destinations: [{ origin: new URL(hub.url).origin, tls }],
    record() {},
    clock: systemClock,
  })
  const troubles: EdgewiseError[] = []
  const link = switchedLink()
  const ending = new AbortController()
  let running: Promise<void> | undefined
  const stop = async () => {
    ending.abort()
    await running
  }
  return {
    store,
    path,
    identity,
    clock,
    troubles,
    async say(...words) {
      await Promise.all(words.map((word) => store.outbox.enqueue({ kind: 'telemetry', body: word })))
    },
    start() {
      const url = new URL(hub.url)
      const onTrouble = (error: EdgewiseError) => void troubles.push(error)
      const open = through(egress.open)
      running = deliverOutbox({
        outbox: store.outbox,
        url,
        open,
        link,
        clock,
        random: () => 0.5,
        onTrouble,
        signal: ending.signal,
      })
    },
    stop,
    setLink: link.set,
    async [Symbol.asyncDispose]() {
      await stop()
      await egress[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}

function switchedLink() {
  let profile: LinkProfile = { state: 'up' }
  const listeners = new Set<(profile: LinkProfile) => void>()
  return {
    profile: () => profile,
    onChange(listener: (profile: LinkProfile) => void) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    set(state: LinkProfile['state']) {
      profile = { ...profile, state }
      for (const listener of listeners) listener(profile)
    },
  }
}

/** What the hub whose state is in this folder has got, in the order in which it came. */
export async function receivedBy({ folder }: { readonly folder: string }): Promise<readonly string[]> {
  await using store = await openStore({ path: join(folder, 'hub.db') })
  return (await store.deliveries.since(0, 9999)).map(({ body }) => JSON.parse(body))
}

/** Polls once per turn of the event loop. */
export async function eventually(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500_000 && !isSo(); turn += 1) await new Promise((resolve) => setImmediate(resolve))
  expect(isSo()).toBe(true)
}

import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { z } from 'zod'
import type { Generator } from '../../src/engines/engine.ts'
import { hubConfigSchema } from '../../src/hub/config.ts'
import { type RunningHub, startHub } from '../../src/hub/server.ts'
import { createEgress } from '../../src/privacy/egress/egress.ts'
import type { Clock } from '../../src/spec/ports.ts'
import { systemClock } from '../../src/spec/system-clock.ts'
import { type Identity, openIdentity } from '../../src/sync/enrolment/identity.ts'
import { joinHub } from '../../src/sync/enrolment/join-edge.ts'
import { parseJoinToken } from '../../src/sync/enrolment/join-token.ts'
import { createScriptedGenerator, scriptedAnswer } from '../../src/testing/scripted-generator.ts'

export const chatBody = { model: 'big', messages: [{ role: 'user', content: 'Say something.' }] }

export interface TestHub extends AsyncDisposable, RunningHub {
  readonly folder: string
}

export interface TestHubOptions {
  readonly config?: z.input<typeof hubConfigSchema>
  readonly engines?: readonly Generator[]
  readonly clock?: Clock
  readonly folder?: string
  readonly databaseUrl?: string
}

const folders: string[] = []
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** A folder that goes when the tests of this file have run. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'edgewise-hub-'))
  folders.push(folder)
  return folder
}

const log = { debug() {}, info() {}, warn() {}, error() {} }

/** A hub on a free port with one scripted model, `big`, that says hello. Without a ledger unless asked for: a fake clock does not wait for the disk. */
export async function testHub(options: TestHubOptions = {}): Promise<TestHub> {
  const { config = {}, clock = systemClock, folder = temporaryFolder(), databaseUrl } = options
  const { engines = [createScriptedGenerator({ model: 'big', script: [scriptedAnswer(['Hel', 'lo'])] })] } = options
  const hub = await startHub({
    config: hubConfigSchema.parse({ port: 0, ledger: { enabled: false }, ...config }),
    stateFolder: folder,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    engines,
    clock,
    log,
  })
  return { ...hub, folder, [Symbol.asyncDispose]: () => hub.close({ graceMs: 0 }) }
}

export interface CallOptions {
  readonly path: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON unless it is text or bytes. */
  readonly body?: unknown
  readonly identity?: Identity
  /** `none`: no API key. Default: the hub's. */
  readonly key?: string
  readonly agent?: Agent
}

export interface Called {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly incoming: IncomingMessage
  text(): Promise<string>
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of any shape
  json(): Promise<any>
}

/** One request to the hub over a TLS connection of its own. Rejects when the connection breaks before the headers. */
export function call(hub: RunningHub, options: CallOptions): Promise<Called> {
  const { path, body, identity, key = identity === undefined ? hub.apiKey : 'none', agent } = options
  const bytes = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
  const headers = {
    ...(key === 'none' ? {} : { authorization: `Bearer ${key}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...options.headers,
  }
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port: hub.port,
      path,
      method: options.method ?? (body === undefined ? 'GET' : 'POST'),
      headers,
      rejectUnauthorized: false,
      agent: agent ?? new Agent({ keepAlive: false, maxCachedSessions: 0 }),
      ...(identity === undefined ? {} : { cert: identity.certificatePem, key: identity.privateKeyPem }),
    })
    outgoing.once('error', reject)
    outgoing.once('response', (incoming) => {
      const text = () => textOf(incoming)
      resolve({
        status: incoming.statusCode ?? 0,
        headers: incoming.headers,
        incoming,
        text,
        json: async () => JSON.parse(await text()),
      })
    })
    outgoing.end(bytes)
  })
}

/** The rest of a response; rejects when its connection breaks. */
export async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of incoming.setEncoding('utf8')) text += piece
  return text
}

/** A new edge that has not joined yet. */
export function newEdge(): Promise<Identity> {
  return openIdentity({ folder: temporaryFolder(), name: 'edge' })
}

export interface JoinOptions {
  readonly token: string
  readonly identity: Identity
  readonly name?: string
  /** Fingerprint to pin in place of the token's. */
  readonly pin?: string
}

/** Joins as an edge does: through egress, with the fingerprint of the token pinned. */
export async function joinAs({ token: text, identity, name = 'scanner', pin }: JoinOptions) {
  const token = parseJoinToken(text)
  const { certificatePem, privateKeyPem } = identity
  const tls = { pinnedFingerprint: pin ?? token.fingerprint, certificatePem, privateKeyPem }
  const destinations = [{ origin: new URL(token.url).origin, tls }]
  await using egress = createEgress({ destinations, record: () => {}, clock: systemClock })
  return await joinHub({ token, identity, name, open: egress.open, signal: new AbortController().signal })
}

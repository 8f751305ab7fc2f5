import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { edgeConfigSchema } from '../../../src/edge/config.ts'
import { startEdge } from '../../../src/edge/presets/node.ts'
import { hubConfigSchema } from '../../../src/hub/config.ts'
import { startHub } from '../../../src/hub/server.ts'
import { decodeVector } from '../../../src/openai/embeddings-vector.ts'
import { createEgress } from '../../../src/privacy/egress/egress.ts'
import type { Decision } from '../../../src/spec/decision.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'
import { openIdentity } from '../../../src/sync/enrolment/identity.ts'
import { joinHub } from '../../../src/sync/enrolment/join-edge.ts'
import { parseJoinToken } from '../../../src/sync/enrolment/join-token.ts'
import { type MockAnswer, type RecordedRequest, startMockUpstream } from '../../../src/testing/mock-upstream.ts'
import { writeTinyEncoder } from '../../../src/testing/tiny-encoder/write-tiny-encoder.ts'
import { describedEvents, describedSchema, isDescribed } from '../../openai/described-schemas.ts'

const nothing = () => undefined
const log = { debug: nothing, info: nothing, warn: nothing, error: (...words: unknown[]) => console.error(...words) }

/** What the upstream behind the hub can do. */
const text = ['tools', 'json', 'vision', 'logprobs', 'completions'] as const

/** A real edge with the bundled model and a tiny embedding model, joined to a real hub before a mock upstream. */
export async function startClientEdge(answer?: (request: RecordedRequest) => MockAnswer) {
  await using opened = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'edgewise-clients-'))
  opened.defer(() => rm(folder, { recursive: true, force: true }))
  const mock = opened.use(await startMockUpstream(answer === undefined ? {} : { answer }))
  const models = [
    { id: 'far-embedder', capabilities: ['embeddings'] },
    { id: 'far-model', capabilities: text },
  ]
  const hub = await startHub({
    config: hubConfigSchema.parse({ port: 0, upstreams: [{ name: 'mock', url: mock.baseUrl, models }] }),
    stateFolder: join(folder, 'hub'),
    clock: systemClock,
    log,
  })
  opened.defer(() => hub.close({ graceMs: 100 }))
  const { url, fingerprint } = await joinedAs(await hub.mintJoinToken(), join(folder, 'edge'))
  const embedder = join(folder, 'near-embedder')
  await writeTinyEncoder({ folder: embedder })
  const config = edgeConfigSchema.parse({
    port: 0,
    threads: 1,
    hub: { url, fingerprint },
    policy: { privacy: { personalData: 'allow' } },
    embeddings: { model: embedder },
    aliases: { 'llama3:latest': 'edgewise-edge', 'text-embedding-3-small': 'near-embedder', '*': 'auto' },
  })
  const decisions: Decision[] = []
  const edge = await startEdge({
    config,
    stateFolder: join(folder, 'edge'),
    clock: systemClock,
    log,
    onDecision: (decision) => decisions.push(decision),
  })
  opened.defer(() => edge.close())
  const baseURL = `${edge.url}/v1`
  await untilLinked(baseURL, edge.apiKey)
  const rest = opened.move()
  return { baseURL, apiKey: edge.apiKey, mock, decisions, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}

/** Waits until the edge has learnt the hub's models. */
async function untilLinked(baseURL: string, apiKey: string): Promise<void> {
  const deadline = performance.now() + 20_000
  while (performance.now() < deadline) if ((await listed(baseURL, apiKey)).includes('far-model')) return
  throw new Error('the edge did not reach its hub within 20 s')
}

async function listed(baseURL: string, apiKey: string): Promise<readonly string[]> {
  const response = await fetch(`${baseURL}/models`, { headers: { authorization: `Bearer ${apiKey}` } })
  const { data } = (await response.json()) as { readonly data: readonly { readonly id: string }[] }
  return data.map(({ id }) => id)
}

async function joinedAs(text: string, folder: string) {
  const token = parseJoinToken(text)
  const identity = await openIdentity({ folder, name: 'edge' })
  const { certificatePem, privateKeyPem } = identity
  const tls = { pinnedFingerprint: token.fingerprint, certificatePem, privateKeyPem }
  await using egress = createEgress({
    destinations: [{ origin: new URL(token.url).origin, tls }],
    record: nothing,
    clock: systemClock,
  })
  await joinHub({ token, identity, name: 'clients', open: egress.open, signal: AbortSignal.timeout(10_000) })
  return token
}

const bodies: readonly (readonly [RegExp, string, string])[] = [
  [/\/chat\/completions$/, 'CreateChatCompletionResponse', 'CreateChatCompletionStreamResponse'],
  [/\/completions$/, 'CreateCompletionResponse', 'CreateCompletionResponse'],
  [/\/embeddings$/, 'CreateEmbeddingResponse', ''],
  [/\/responses\/[^/]+\/input_items$/, 'ResponseItemList', ''],
  [/\/responses(\/[^/]+)?$/, 'Response', ''],
  [/\/models$/, 'ListModelsResponse', ''],
]

/** A fetch that keeps what came over the wire, to hold it against OpenAI's description afterwards. */
export function recordingFetch() {
  const seen: Promise<readonly [URL, Response, string] | undefined>[] = []
  const recording: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    const url = new URL(input instanceof Request ? input.url : String(input))
    const isDeletion = init?.method?.toUpperCase() === 'DELETE'
    if (response.ok && !isDeletion) {
      // A copy that nobody reads would hold up a client that throws its own away.
      const copy = response.clone()
      // A client that leaves takes its answer's end with it.
      const read = copy.text().then(
        (body) => [url, response, body] as const,
        () => undefined,
      )
      seen.push(read)
    }
    return response
  }
  return {
    fetch: recording,
    /** Holds every body and every event so far against OpenAI's description; gives their number. */
    async validate(): Promise<number> {
      let count = 0
      const whole = (await Promise.all(seen.splice(0))).filter((one) => one !== undefined)
      for (const [url, response, body] of whole) {
        const [, entire = '', chunk = ''] = bodies.find(([path]) => path.test(url.pathname)) ?? []
        const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false
        const values = (isStream ? eventsOf(body) : [body]).map((text) => JSON.parse(text, described) as unknown)
        for (const value of values) {
          const type = (value as { readonly type?: string }).type ?? ''
          const name = isStream ? (describedEvents[type] ?? chunk) : entire
          if (isDescribed)
            expect(describedSchema(name).safeParse(value).error, `${url.pathname} ${type}`).toBeUndefined()
          count += 1
        }
      }
      return count
    },
  }
}

/** Where the description is narrower than OpenAI's own answers: vectors as base64, and what is not known before the end of a stream. */
function described(key: string, value: unknown): unknown {
  if (key === 'embedding' && typeof value === 'string') return [...decodeVector(value)]
  if (key === 'finish_reason' && value === null) return 'stop'
  return key === 'usage' && value === null ? undefined : value
}

function eventsOf(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => line.startsWith('data: ') && line !== 'data: [DONE]')
  return lines.map((line) => line.slice(6))
}

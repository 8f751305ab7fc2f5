import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { edgeConfigSchema } from '../../../src/edge/config.ts'
import { startEdge } from '../../../src/edge/presets/node.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'
import { type MockUpstream, type RecordedRequest, startMockUpstream } from '../../../src/testing/mock-upstream.ts'
import { startWireTap, type WireTap } from './wire-tap.ts'

export interface StageOptions {
  readonly folder: string
  readonly policy: object
}

/** A real edge between a local server, which may see everything, and a cloud behind a tap, which may not. */
export interface Stage extends AsyncDisposable {
  readonly tap: WireTap
  readonly cloud: MockUpstream
  readonly folder: string
  readonly port: number
  /** What it logged since the last call, at level trace. */
  takeLog(): string
  post(body: unknown, headers?: Readonly<Record<string, string>>, path?: string): Promise<Response>
  get(path: string): Promise<Response>
  /** Every file of its state folder. */
  files(): Promise<readonly (readonly [name: string, bytes: Buffer])[]>
}

const capabilities = ['tools', 'json', 'vision', 'logprobs', 'continuation', 'completions'] as const

export async function openStage({ folder, policy }: StageOptions): Promise<Stage> {
  await using opened = new AsyncDisposableStack()
  const listing = { object: 'list', data: [{ id: 'far', object: 'model', created: 1, owned_by: 'mock', capabilities }] }
  const cloud = opened.use(
    await startMockUpstream({ models: ['far'], pages: { 'GET /v1/models': listing }, record: false, answer: echo }),
  )
  const near = opened.use(await startMockUpstream({ models: ['near'], record: false, answer: echo }))
  const tap = opened.use(await startWireTap(new URL(cloud.baseUrl)))
  let logged = ''
  const write = (line: string) => {
    logged += line
  }
  const log = pino({ level: 'trace', base: null }, { write })
  const edge = await startEdge({
    config: edgeConfigSchema.parse({
      port: 0,
      hub: { url: tap.origin },
      model: { url: near.baseUrl, model: 'near', kind: 'openai', capabilities: [...capabilities] },
      policy,
      responses: { keepDays: 0 },
    }),
    stateFolder: folder,
    clock: systemClock,
    log,
  })
  opened.defer(() => edge.close())
  const headers = { authorization: `Bearer ${edge.apiKey}`, 'content-type': 'application/json' }
  const get = (path: string) => fetch(edge.url + path, { headers })
  await untilLinked(get)
  const rest = opened.move()
  return {
    tap,
    cloud,
    folder,
    port: edge.port,
    takeLog() {
      const text = logged
      logged = ''
      return text
    },
    get,
    post: (body, more = {}, path = '/v1/chat/completions') =>
      fetch(edge.url + path, {
        method: 'POST',
        headers: { ...headers, ...more },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    files: () => filesOf(folder),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}

/** Says some of what it was asked. */
function echo({ body }: RecordedRequest) {
  const said = JSON.stringify(body).slice(0, 1200)
  return { pieces: [said.slice(0, 500), said.slice(500)] }
}

async function untilLinked(get: Stage['get']): Promise<void> {
  const deadline = performance.now() + 20_000
  while (performance.now() < deadline) {
    const { cloud } = (await (await get('/edgewise/v1/status')).json()) as { readonly cloud: string | null }
    if (cloud === 'far') return
  }
  throw new Error('the edge did not reach its cloud within 20 s')
}

async function filesOf(folder: string): Promise<readonly (readonly [string, Buffer])[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(paths.map(async (path) => [path.slice(folder.length + 1), await readFile(path)] as const))
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { Bench, BenchContext, Figure } from '../bench.ts'
import { openLoop } from '../overload/open-loop.ts'
import { median, quantile } from '../statistics.ts'
import { startBuiltEdge } from './built-edge.ts'
import { type LoadResult, load, requestBody, type Target } from './load.ts'
import { forkPeer, type PeerProcess } from './peer-process.ts'
import { startPortkey } from './portkey.ts'

const rounds = 5
const secondsPerRun = 3
/** Requests/s, evenly spread, of the run with a fixed rate. */
const fixedRate = 200
const ready = z.object({ origin: z.string() })

/** What a request costs that passes through the edge to an upstream, beside the same request without it and through others. */
export const gatewayBench: Bench = {
  name: 'gateway',
  summary: 'added latency, requests/s and memory of the edge in front of an upstream, beside peers',
  async run(context) {
    const stateFolder = await mkdtemp(join(tmpdir(), 'edgewise-bench-'))
    try {
      return await measure(context, stateFolder)
    } finally {
      await rm(stateFolder, { recursive: true, force: true })
    }
  },
}

async function measure({ say }: BenchContext, stateFolder: string): Promise<readonly Figure[]> {
  await using opened = new AsyncDisposableStack()
  const start = async (name: string, ...args: string[]) => {
    const file = join(import.meta.dirname, `${name}${import.meta.filename.slice(-3)}`)
    const process_ = opened.use(await forkPeer(file, args, { PATH: process.env.PATH }))
    return { process: process_, ...ready.parse(process_.ready) }
  }
  const mock = await start('mock-process')
  const edgeWith = async (name: string, changes: object) => {
    const folder = await mkdtemp(join(stateFolder, 'edge-'))
    const edge = await startBuiltEdge({ settings: { ...answeringFrom(mock.origin), ...changes }, folder })
    opened.use(edge.process)
    const target: Target = { name, origin: edge.origin, headers: { authorization: `Bearer ${edge.key}` } }
    await waitForCloud(target)
    return { target, process: edge.process }
  }
  const edge = await edgeWith('edgewise', {})
  // The peers write no record that must be on the disk before the first byte: like is compared with like here.
  const unrecorded = await edgeWith('edgewise, ledger off', { ledger: { enabled: false } })
  const bare = await start('pass-through-process', mock.origin)
  const direct: Target = { name: 'direct', origin: mock.origin, headers: {} }
  const passThrough: Target = { name: 'pass-through', origin: bare.origin, headers: {} }
  const portkey = await startPortkey(mock.origin)
  if (portkey === undefined) say('@portkey-ai/gateway is not installed: no comparison with it')
  else opened.use(portkey.process)
  const ours = [edge.target, unrecorded.target]
  const targets = [direct, ...ours, passThrough, ...(portkey === undefined ? [] : [portkey.target])]

  for (const target of targets) await load({ target, connections: 32, seconds: 2 })
  const one = await interleaved({ targets, connections: 1, say })
  const fixed = await atFixedRate({ targets: [direct, ...ours], say })
  const many = await interleaved({ targets, connections: 32, say })
  return figuresOf({ one, fixed, many, edges: [edge, unrecorded], hasPortkey: portkey !== undefined })
}

/** Settings of an edge whose every answer comes from one upstream, as it is. */
function answeringFrom(upstream: string) {
  return {
    threads: 1,
    hub: { url: upstream },
    policy: { mode: 'prefer-cloud', privacy: { personalData: 'allow' } },
    limits: { concurrency: 256 },
  }
}

/** The edge sends nothing to an upstream before it knows its models. */
async function waitForCloud({ origin, headers }: Target): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const response = await fetch(`${origin}/edgewise/v1/status`, { headers })
    const { cloud } = (await response.json()) as { cloud: string | null }
    if (cloud === 'mock-model') return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the edge did not reach the mock upstream within 10 s')
}

type Results = ReadonlyMap<string, readonly LoadResult[]>

async function interleaved({
  targets,
  connections,
  say,
}: { targets: readonly Target[]; connections: number } & BenchContext): Promise<Results> {
  const results = new Map<string, LoadResult[]>(targets.map(({ name }) => [name, []]))
  for (let round = 1; round <= rounds; round++) {
    say(`${connections} connection(s), round ${round} of ${rounds}`)
    for (const target of targets)
      results.get(target.name)?.push(await load({ target, connections, seconds: secondsPerRun }))
  }
  return results
}

/** Requests that come when they are due, however long those before them take. */
async function atFixedRate({ targets, say }: { targets: readonly Target[] } & BenchContext): Promise<Results> {
  const arrivals = Array.from({ length: fixedRate * secondsPerRun }, (_, index) => (index * 1000) / fixedRate)
  const results = new Map<string, LoadResult[]>(targets.map(({ name }) => [name, []]))
  for (let round = 1; round <= rounds; round++) {
    say(`${fixedRate} requests/s, round ${round} of ${rounds}`)
    for (const target of targets) {
      const outcomes = await openLoop({ target, arrivals, body: () => requestBody })
      const failed = outcomes.find(({ status }) => status !== 200)
      if (failed !== undefined) throw new Error(`${target.name} answered ${failed.status}`)
      const latenciesMs = outcomes.map(({ latencyMs }) => latencyMs)
      results.get(target.name)?.push({ latenciesMs, requestsPerSecond: fixedRate })
    }
  }
  return results
}

interface Measured {
  readonly one: Results
  readonly fixed: Results
  readonly many: Results
  readonly edges: readonly { readonly target: Target; readonly process: PeerProcess }[]
  readonly hasPortkey: boolean
}

async function figuresOf({ one, fixed, many, edges, hasPortkey }: Measured): Promise<readonly Figure[]> {
  const latency = (results: Results, name: string, q: number) =>
    median((results.get(name) ?? []).map((run) => quantile(run.latenciesMs, q)))
  const pace = (name: string) => median((many.get(name) ?? []).map((run) => run.requestsPerSecond))
  const added = (results: Results, name: string, q: number) => latency(results, name, q) - latency(results, 'direct', q)
  const ofEdge = async ({ target: { name }, process: edge }: Measured['edges'][number]): Promise<readonly Figure[]> => {
    const paces = (many.get(name) ?? []).map((run) => run.requestsPerSecond)
    return [
      { name: `${name}: added p50, 1 connection`, value: added(one, name, 0.5), unit: 'ms', goal: '<= 0.3' },
      { name: `${name}: added p99, 1 connection`, value: added(one, name, 0.99), unit: 'ms' },
      { name: `${name}: added p50, ${fixedRate} requests/s`, value: added(fixed, name, 0.5), unit: 'ms' },
      {
        name: `${name}: added p99, ${fixedRate} requests/s`,
        value: added(fixed, name, 0.99),
        unit: 'ms',
        goal: '<= 2',
      },
      { name: `${name}: added p50, 32 connections`, value: added(many, name, 0.5), unit: 'ms' },
      { name: `${name}: added p99, 32 connections`, value: added(many, name, 0.99), unit: 'ms' },
      { name: `${name}: requests/s, 32 connections`, value: pace(name), unit: '1/s' },
      {
        name: `${name}: spread of requests/s`,
        value: (Math.max(...paces) - Math.min(...paces)) / pace(name),
        unit: 'of median',
      },
      { name: `${name} / pass-through`, value: pace(name) / pace('pass-through'), unit: 'ratio', goal: '>= 0.6' },
      ...(hasPortkey
        ? [{ name: `${name} / portkey`, value: pace(name) / pace('portkey'), unit: 'ratio', goal: '>= 8' as const }]
        : []),
      { name: `${name}: RSS after load, model apart`, value: await edge.rssMiB(), unit: 'MiB', goal: '<= 120' },
    ]
  }
  const ofEdges = await Promise.all(edges.map(ofEdge))
  const passThroughAdded = added(one, 'pass-through', 0.5)
  return [
    { name: 'direct p50, 1 connection', value: latency(one, 'direct', 0.5), unit: 'ms' },
    { name: 'pass-through added p50, 1 connection', value: passThroughAdded, unit: 'ms' },
    { name: 'direct requests/s, 32 connections', value: pace('direct'), unit: '1/s' },
    { name: 'pass-through requests/s, 32 connections', value: pace('pass-through'), unit: '1/s' },
    ...(hasPortkey
      ? [
          { name: 'portkey requests/s, 32 connections', value: pace('portkey'), unit: '1/s' },
          // What no gateway on these libraries can pass: where this is under the goal, nothing that does more reaches it.
          { name: 'pass-through / portkey', value: pace('pass-through') / pace('portkey'), unit: 'ratio' },
        ]
      : []),
    ...ofEdges.flat(),
  ]
}

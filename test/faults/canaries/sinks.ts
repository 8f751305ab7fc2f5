import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { writeBundle } from '../../../src/cli/bundle/write-bundle.ts'
import { configSchema } from '../../../src/cli/config-schema.ts'
import { tellDecision } from '../../../src/cli/tell-decision.ts'
import type { Decision } from '../../../src/spec/decision.ts'
import type { Canary } from './canary.ts'
import { findCanaries } from './find-canaries.ts'
import type { Stage } from './stage.ts'

/** Where canaries are looked for, how many bytes there were and which were found. */
export class Sinks {
  readonly #known: ReadonlyMap<string, Canary>
  readonly #bytes = new Map<string, number>()
  readonly #leaks = new Map<string, Set<Canary>>()

  constructor(known: ReadonlyMap<string, Canary>) {
    this.#known = known
  }

  /** Looks through something; `allowed` are the canaries of the one who may see them there. */
  look(sink: string, content: string | Uint8Array, allowed: ReadonlySet<Canary> = new Set()): void {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content
    this.#bytes.set(sink, (this.#bytes.get(sink) ?? 0) + bytes.length)
    const leaks = this.#leaks.get(sink) ?? new Set()
    for (const canary of findCanaries(bytes, this.#known)) if (!allowed.has(canary)) leaks.add(canary)
    this.#leaks.set(sink, leaks)
  }

  found(sink: string): ReadonlySet<Canary> {
    return this.#leaks.get(sink) ?? new Set()
  }

  get leaks(): number {
    return [...this.#leaks.values()].reduce((sum, { size }) => sum + size, 0)
  }

  /** One line a place. */
  tell(): readonly string[] {
    return [...this.#bytes].map(([sink, bytes]) => {
      const found = this.found(sink)
      const classes = [...new Set([...found].map(({ entity }) => entity))].join(', ')
      return `${String(found.size).padStart(7)} in ${sink} (${bytes} bytes)${classes === '' ? '' : `: ${classes}`}`
    })
  }
}

/** What an edge shows to its operator while it runs. */
export async function lookAround(stage: Stage, sinks: Sinks, requestIds: readonly string[]): Promise<void> {
  sinks.look('wire', stage.tap.take())
  sinks.look('log', stage.takeLog())
  sinks.look('metrics', await (await stage.get('/metrics')).text())
  sinks.look('status', await (await stage.get('/edgewise/v1/status')).text())
  for (const id of requestIds) {
    const answer = await stage.get(`/edgewise/v1/requests/${id}`)
    if (!answer.ok) continue
    const decision = (await answer.json()) as Decision
    sinks.look('decisions', JSON.stringify(decision))
    sinks.look('explain', tellDecision(decision))
  }
}

/** What an edge leaves behind. */
export async function lookAtRest(stage: Stage, sinks: Sinks): Promise<void> {
  const file = join(stage.folder, 'bundle.tar.gz')
  const config = configSchema.parse({ edge: { port: stage.port } })
  const settings = { config, stateFolder: stage.folder, file: undefined }
  await writeBundle({ file, settings, findings: [], signal: AbortSignal.timeout(20_000) })
  sinks.look('support bundle', gunzipSync(await readFile(file)))
  for (const [, bytes] of await stage.files()) sinks.look('state folder', bytes)
}

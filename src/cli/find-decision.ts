import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { createEgress } from '../privacy/egress/egress.ts'
import type { Decision } from '../spec/decision.ts'
import { EdgewiseError } from '../spec/errors.ts'
import { systemClock } from '../spec/system-clock.ts'
import { openStore } from '../store/open-store.ts'
import { demoEdgeState } from './demo/demo-file.ts'

export interface FindDecisionOptions {
  readonly requestId: string
  /** Edges that may be running, in the order in which they are asked. */
  readonly edges: readonly KnownEdge[]
  readonly stateFolder: string
  readonly signal: AbortSignal
}

export interface KnownEdge {
  readonly url: URL
  /** Absent: it is not asked. */
  readonly apiKey: string | undefined
}

const timeoutMs = 3000
const longestAnswerBytes = 1_048_576

/** The decision of one request: from a running edge, else from the store. Throws `not-found` when none knows it. */
export async function findDecision(options: FindDecisionOptions): Promise<Decision> {
  const { requestId, stateFolder, edges, signal } = options
  for (const edge of edges) {
    const decision = await askEdge(edge, requestId, signal)
    if (decision !== undefined) return decision
  }
  const kept = await readStore(options)
  if (kept !== undefined) return kept
  const asked = [...new Set(edges.map(({ url }) => url.origin))].join(' and ')
  throw new EdgewiseError(
    'not-found',
    `No decision is known for request ${requestId}: neither by an edge at ${asked} nor in ${stateFolder}. ` +
      'Take the id from the x-edgewise-request-id header of an answer; --url and --state name another edge. ' +
      'What a demo decided goes with it, unless it was started with --state FOLDER: name that folder here too.',
  )
}

/** Undefined when no edge answers there, or it does not know the request, or it does not take our key. */
async function askEdge(
  { url, apiKey }: KnownEdge,
  requestId: string,
  signal: AbortSignal,
): Promise<Decision | undefined> {
  if (apiKey === undefined) return undefined
  await using egress = createEgress({ destinations: [{ origin: url.origin }], record: () => {}, clock: systemClock })
  try {
    const answer = await egress.open({
      url: new URL(`/edgewise/v1/requests/${encodeURIComponent(requestId)}`, url),
      method: 'GET',
      headers: { authorization: `Bearer ${apiKey}`, accept: 'application/json' },
      purpose: 'probe',
      headersTimeoutMs: timeoutMs,
      bodyTimeoutMs: timeoutMs,
      signal,
    })
    if (answer.status !== 200) return undefined
    return decisionFrom(await readText(answer.body))
  } catch (error) {
    if (error instanceof EdgewiseError && error.retryable) return undefined
    throw error
  }
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > longestAnswerBytes)
      throw new EdgewiseError('upstream-failed', 'The answer of the edge is too long for a decision.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Just what the telling cannot do without; an edge of another version may add or leave out the rest. */
const decisionShape = z.looseObject({
  requestId: z.string(),
  startedAt: z.string(),
  steps: z.array(z.looseObject({})),
  sent: z.looseObject({ bytes: z.number() }),
})

function decisionFrom(text: string): Decision | undefined {
  try {
    return decisionShape.parse(JSON.parse(text)) as unknown as Decision
  } catch (cause) {
    throw new EdgewiseError(
      'upstream-failed',
      'What answers there is no edge: it sent something else than a decision.',
      { cause },
    )
  }
}

/** A demo keeps the state of its edge one folder deeper. */
async function readStore({ requestId, stateFolder }: FindDecisionOptions): Promise<Decision | undefined> {
  for (const folder of [stateFolder, demoEdgeState(stateFolder)]) {
    const path = join(folder, 'edge.db')
    // Opening would make the file.
    if (!existsSync(path)) continue
    await using store = await openStore({ path })
    const decision = await store.decisions.find(requestId)
    if (decision !== undefined) return decision
  }
  return undefined
}

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { createEgress } from '../privacy/egress/egress.ts'
import type { Decision } from '../spec/decision.ts'
import { EdgewiseError } from '../spec/errors.ts'
import { systemClock } from '../spec/system-clock.ts'
import { openStore } from '../store/open-store.ts'

export interface FindDecisionOptions {
  readonly requestId: string
  /** Address of the edge that may be running. */
  readonly url: URL
  readonly apiKey: string | undefined
  readonly stateFolder: string
  readonly signal: AbortSignal
}

const timeoutMs = 3000
const longestAnswerBytes = 1_048_576

/** The decision of one request: from the running edge, else from its store. Throws `not-found` when neither knows it. */
export async function findDecision(options: FindDecisionOptions): Promise<Decision> {
  const { requestId, stateFolder, url } = options
  const decision = (await askEdge(options)) ?? (await readStore(options))
  if (decision !== undefined) return decision
  throw new EdgewiseError(
    'not-found',
    `No decision is known for request ${requestId}: neither by an edge at ${url.origin} nor in ${stateFolder}. ` +
      'Take the id from the x-edgewise-request-id header of an answer; --url and --state name another edge.',
  )
}

/** Undefined when no edge answers there, or it does not know the request, or it does not take our key. */
async function askEdge({ requestId, url, apiKey, signal }: FindDecisionOptions): Promise<Decision | undefined> {
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

async function readStore({ requestId, stateFolder }: FindDecisionOptions): Promise<Decision | undefined> {
  const path = join(stateFolder, 'edge.db')
  // Opening would make the file.
  if (!existsSync(path)) return undefined
  await using store = await openStore({ path })
  return await store.decisions.find(requestId)
}

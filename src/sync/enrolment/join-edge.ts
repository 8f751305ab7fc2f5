import { z } from 'zod'
import { EdgewiseError, isErrorCode } from '../../spec/errors.ts'
import { OutboundBody } from '../../spec/outbound.ts'
import type { Inbound, OpenConnection } from '../../spec/ports.ts'
import type { Identity } from './identity.ts'
import { joinAnswerSchema, joinPath } from './join-protocol.ts'
import type { JoinToken } from './join-token.ts'

export interface JoinHubOptions {
  readonly token: JoinToken
  readonly identity: Pick<Identity, 'id'>
  /** Name of this edge for people, as the hub will list it. */
  readonly name: string
  /** Pins the token's fingerprint and shows the identity's certificate. */
  readonly open: OpenConnection
  readonly signal: AbortSignal
}

export interface JoinedHub {
  readonly url: string
  readonly fingerprint: string
  readonly hubName: string
}

const timeoutMs = 10_000
const longestAnswerBytes = 65_536

const refusalSchema = z.looseObject({ error: z.looseObject({ message: z.string().max(1000), code: z.string() }) })

/**
 * Makes this edge known to the hub of the token, which is used up by it. Throws what the hub said (`token-invalid` with its reason),
 * `fingerprint-mismatch`, `link-down`, or `upstream-failed` for an answer that no hub gives.
 */
export async function joinHub({ token, identity, name, open, signal }: JoinHubOptions): Promise<JoinedHub> {
  const answer = await open({
    url: new URL(joinPath, token.url),
    method: 'POST',
    headers: { accept: 'application/json' },
    body: OutboundBody.control({ secret: token.secret, name }),
    purpose: 'join',
    headersTimeoutMs: timeoutMs,
    bodyTimeoutMs: timeoutMs,
    signal,
  })
  const body = await readJson(answer, token.url)
  if (answer.status !== 200) throw refusalOf(answer.status, body, token.url)
  const joined = joinAnswerSchema.safeParse(body)
  if (!joined.success) throw noHub(token.url)
  if (joined.data.edgeId !== identity.id) {
    const message = `The hub ${token.url} saw edge ${joined.data.edgeId}, but this edge is ${identity.id}: something between them ends TLS. Connect them directly.`
    throw new EdgewiseError('upstream-failed', message)
  }
  return { url: token.url, fingerprint: token.fingerprint, hubName: joined.data.hubName }
}

async function readJson(answer: Inbound, url: string): Promise<unknown> {
  const pieces: Uint8Array[] = []
  let total = 0
  for await (const piece of answer.body) {
    total += piece.length
    if (total > longestAnswerBytes) throw noHub(url)
    pieces.push(piece)
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'))
  } catch {
    return undefined
  }
}

function refusalOf(status: number, body: unknown, url: string): EdgewiseError {
  const refusal = refusalSchema.safeParse(body)
  if (!refusal.success || !isErrorCode(refusal.data.error.code)) return noHub(url, status)
  return new EdgewiseError(refusal.data.error.code, refusal.data.error.message)
}

function noHub(url: string, status?: number): EdgewiseError {
  const what = status === undefined ? 'something else than a hub would' : `status ${status} without a reason`
  return new EdgewiseError('upstream-failed', `${url} answered ${what}. Check the address in the join token.`)
}

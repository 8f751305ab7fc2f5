import { z } from 'zod'
import { EdgewiseError, isErrorCode } from '../../spec/errors.ts'
import { OutboundBody } from '../../spec/outbound.ts'
import type { Inbound, OpenConnection } from '../../spec/ports.ts'
import type { SealedBatch } from '../../store/outbox/outbox.ts'
import { type DeliveryAnswer, deliveryAnswerSchema, deliveryPath } from './protocol.ts'

export interface SendBatchOptions {
  /** Address of the hub. */
  readonly url: URL
  readonly open: OpenConnection
  readonly batch: SealedBatch
  readonly signal: AbortSignal
}

const timeoutMs = 30_000
const longestAnswerBytes = 65_536

const refusalSchema = z.looseObject({ error: z.looseObject({ message: z.string().max(2000), code: z.string() }) })

/**
 * Sends one batch; resolves with what the hub has on disk. Throws what the hub said (`delivery-gap`, `delivery-forked`, or `overloaded` and the like with
 * the seconds to wait), what egress throws, or `upstream-failed` for an answer that no hub gives.
 */
export async function sendBatch({ url, open, batch, signal }: SendBatchOptions): Promise<DeliveryAnswer> {
  const { epoch, first, head, entries } = batch
  const answer = await open({
    url: new URL(deliveryPath, url),
    method: 'POST',
    headers: { accept: 'application/json' },
    // Entries of these kinds hold no content of requests; egress looks at the bytes once more.
    body: OutboundBody.control({ epoch, first, head, entries }),
    purpose: 'delivery',
    headersTimeoutMs: timeoutMs,
    bodyTimeoutMs: timeoutMs,
    signal,
  })
  const body = await readJson(answer)
  if (answer.status !== 200) throw refusalOf(answer, body)
  const received = deliveryAnswerSchema.safeParse(body)
  if (!received.success) throw noHub(`${url.origin} answered something else than a hub would`)
  return received.data
}

async function readJson({ body }: Inbound): Promise<unknown> {
  const pieces: Uint8Array[] = []
  let total = 0
  for await (const piece of body) {
    total += piece.length
    if (total > longestAnswerBytes) return undefined
    pieces.push(piece)
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'))
  } catch {
    return undefined
  }
}

function refusalOf({ status, headers }: Inbound, body: unknown): EdgewiseError {
  const refusal = refusalSchema.safeParse(body)
  if (!refusal.success || !isErrorCode(refusal.data.error.code)) {
    return noHub(`The hub answered a delivery with status ${status} and no reason`)
  }
  const waitSeconds = Number(headers['retry-after'])
  const { code, message } = refusal.data.error
  const details = Number.isFinite(waitSeconds) && waitSeconds >= 0 ? { retryAfterSeconds: waitSeconds } : {}
  return new EdgewiseError(code, message, { ...details, upstreamStatus: status })
}

function noHub(what: string): EdgewiseError {
  return new EdgewiseError(
    'upstream-failed',
    `${what}. Check the address of the hub, and that it is as new as this edge.`,
  )
}

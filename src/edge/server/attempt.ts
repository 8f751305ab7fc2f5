import type { Context } from 'hono'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Attempt } from '../coalescing/join-keys.ts'
import { requestHeader } from './node-request.ts'

/**
 * What a client says of its attempts; undefined for one that says nothing, whose requests are never joined. OpenAI's clients count theirs from 0.
 * Throws `invalid-request` for an Idempotency-Key that is not 1 to 255 printable ASCII characters.
 */
export function readAttempt(context: Context): Attempt | undefined {
  const idempotencyKey = requestHeader(context, 'idempotency-key')
  const count = requestHeader(context, 'x-stainless-retry-count')
  if (idempotencyKey === undefined && count === undefined) return undefined
  if (idempotencyKey !== undefined && !/^[\x20-\x7e]{1,255}$/.test(idempotencyKey)) {
    const message = 'Header idempotency-key must be 1 to 255 printable ASCII characters.'
    throw new EdgewiseError('invalid-request', message, { param: 'idempotency-key' })
  }
  return { idempotencyKey, retries: count !== undefined && /^\d{1,6}$/.test(count) ? Number(count) : 0 }
}

import { hash } from 'node:crypto'

/** Which attempt at one request a client says this is. */
export interface Attempt {
  /** The caller's own name for the request. */
  readonly idempotencyKey: string | undefined
  /** How often its client has tried before. */
  readonly retries: number
}

export interface JoinKeys {
  /** The same for all attempts at one request. */
  readonly key: string
  /** The same for the same request of the same API key only. */
  readonly body: string
}

export interface JoinKeysOptions {
  readonly keyId: string
  readonly path: string
  /** The whole body. */
  readonly text: string
  /** What the headers ask for. */
  readonly wishes: object
  readonly attempt: Attempt
}

export type MakeJoinKeys = (asked: JoinKeysOptions) => JoinKeys

/**
 * Names requests without keeping what they say: keyed digests (nested SHA-256) of the API key's id with the caller's own key, or with everything
 * that the request asks for. The secret never changes its length.
 */
export function joinKeys(secret: string): MakeJoinKeys {
  // One-shot hashes: an Hmac object for each request costs ten times as much.
  const digest = (head: readonly unknown[], text: string) =>
    hash('sha256', `${secret}o${hash('sha256', `${secret}i${JSON.stringify(head)}\n${text}`)}`, 'base64url')
  return ({ keyId, path, text, wishes, attempt }) => {
    const body = digest([keyId, path, wishes], text)
    const { idempotencyKey } = attempt
    return { body, key: idempotencyKey === undefined ? body : digest([keyId], idempotencyKey) }
  }
}

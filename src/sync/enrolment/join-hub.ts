import { createHash, type KeyObject, randomBytes } from 'node:crypto'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Clock } from '../../spec/ports.ts'
import type { Store } from '../../store/store.ts'
import { idOfPublicKey } from './identity.ts'
import { type JoinAnswer, joinRequestSchema } from './join-protocol.ts'
import { formatJoinToken, type JoinToken } from './join-token.ts'

/** How long a join token is good for. */
export const joinTokenLifeMs = 15 * 60_000

export interface MintJoinTokenOptions extends Pick<JoinToken, 'url' | 'fingerprint'> {
  readonly store: Pick<Store, 'joinTokens'>
  readonly clock: Clock
}

/** Makes a token for one edge, good for 15 minutes. The store keeps only its digest; the text is not shown again. */
export async function mintJoinToken({ store, clock, url, fingerprint }: MintJoinTokenOptions): Promise<string> {
  const secret = randomBytes(32).toString('hex')
  await store.joinTokens.add({ digest: digestOf(secret), expiresAt: clock.now() + joinTokenLifeMs })
  return formatJoinToken({ url, fingerprint, secret })
}

export interface AcceptEdgeOptions {
  readonly store: Pick<Store, 'joinTokens' | 'edges'>
  readonly clock: Clock
  readonly hubName: string
  /** Key of the certificate that the edge showed; TLS 1.3 has it sign the handshake, so the edge holds the private half. */
  readonly publicKey: KeyObject | undefined
  /** Parsed JSON of the request. */
  readonly body: unknown
}

/**
 * The hub's half of joining: takes the token, once, and keeps the edge's key. Throws `invalid-request`, `edge-unknown` without a
 * certificate, and `token-invalid` that says whether the token is unknown, used or expired.
 */
export async function acceptEdge({ store, clock, hubName, publicKey, body }: AcceptEdgeOptions): Promise<JoinAnswer> {
  const request = joinRequestSchema.safeParse(body)
  if (!request.success) {
    const { path, message } = request.error.issues[0] ?? { path: [], message: 'is no join request' }
    const param = path.join('.')
    throw new EdgewiseError('invalid-request', `${param || 'the body'} ${message}`, { param })
  }
  if (publicKey === undefined) {
    throw new EdgewiseError('edge-unknown', 'An edge joins with its client certificate; this connection showed none.')
  }
  const { secret, name } = request.data
  const now = clock.now()
  const verdict = await store.joinTokens.take(digestOf(secret), now)
  if (verdict !== 'taken') throw new EdgewiseError('token-invalid', refusals[verdict])
  const edgeId = idOfPublicKey(publicKey)
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  await store.edges.add({ id: edgeId, name, publicKey: publicPem, joinedAt: now })
  return { edgeId, hubName }
}

const refusals = {
  unknown: 'This hub never gave out that join token. Get one with `edgewise hub token` on this very hub.',
  used: 'The join token was used already; each is good for one edge. Get a new one with `edgewise hub token`.',
  expired: 'The join token has expired; each is good for 15 minutes. Get a new one with `edgewise hub token`.',
} as const

/** A secret of 256 random bits needs no salt and no slow hash. */
function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

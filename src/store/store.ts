import type { Decision } from '../spec/decision.ts'

/** What an edge or a hub remembers across restarts. Moments are milliseconds since 1970; every method may throw `store-failed`. */
export interface Store extends AsyncDisposable {
  readonly decisions: DecisionLog
  readonly keys: KeyRing
  readonly edges: JoinedEdges
  readonly joinTokens: JoinTokens
}

/** The decisions of the recent past. Old ones are forgotten by age and by number. */
export interface DecisionLog {
  /**
   * Keeps a decision without waiting for the disk: decisions are written together, at most 50 ms later. They are traces, not
   * promises: a power cut may take those of the last 50 ms. A decision with a known request id replaces the older one.
   */
  save(decision: Decision): void
  /** Writes what is waiting, now. Disposing of the store does so too. */
  flush(): Promise<void>
  /** Sees decisions that are not written yet. */
  find(requestId: string): Promise<Decision | undefined>
  /** The last `limit` decisions, newest first. */
  recent(limit: number): Promise<readonly Decision[]>
}

export interface StoredKey {
  readonly id: string
  readonly name: string
  /** SHA-256 or HMAC of the key in hexadecimal digits; the key itself is never stored. */
  readonly digest: string
  readonly createdAt: number
}

/** API keys, known by their digests only. */
export interface KeyRing {
  add(key: Pick<StoredKey, 'id' | 'name' | 'digest'>): Promise<void>
  findByDigest(digest: string): Promise<StoredKey | undefined>
}

export interface JoinedEdge {
  /** SHA-256 of the edge's public key (SPKI, DER) in hexadecimal digits. */
  readonly id: string
  readonly name: string
  /** SPKI in PEM. */
  readonly publicKey: string
  readonly joinedAt: number
  readonly lastSeenAt: number | undefined
  readonly revokedAt: number | undefined
}

/** The edges that a hub knows, revoked ones included. */
export interface JoinedEdges {
  /** Adds an edge; one that joins again takes its new name and is no longer revoked. */
  add(edge: Pick<JoinedEdge, 'id' | 'name' | 'publicKey' | 'joinedAt'>): Promise<void>
  find(id: string): Promise<JoinedEdge | undefined>
  /** All edges, in the order in which they first joined. */
  list(): Promise<readonly JoinedEdge[]>
  /** True when there was such an edge that was not revoked yet. */
  revoke(id: string, at: number): Promise<boolean>
  touch(id: string, at: number): Promise<void>
}

/** One-time tokens, known by their digests only. */
export interface JoinTokens {
  add(token: { readonly digest: string; readonly expiresAt: number }): Promise<void>
  /** Uses a token up: of any number of callers, in any number of processes, one is told `taken`. */
  take(digest: string, now: number): Promise<'taken' | 'expired' | 'unknown' | 'used'>
}

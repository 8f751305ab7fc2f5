import type { Decision } from '../spec/decision.ts'
import type { ModelEvaluation } from '../spec/evaluation.ts'
import type { StreamPart } from '../spec/stream-part.ts'
import type { DeliveryBook } from './deliveries/delivery-book.ts'
import type { Outbox, OutboxWrites } from './outbox/outbox.ts'

/** What an edge or a hub remembers across restarts. Moments are milliseconds since 1970; every method may throw `store-failed`. */
export interface Store extends AsyncDisposable {
  readonly decisions: DecisionLog
  readonly keys: KeyRing
  readonly edges: JoinedEdges
  readonly joinTokens: JoinTokens
  readonly evaluations: EvaluationBook
  readonly responses: ResponseLog
  readonly spending: SpendingBook
  readonly conversations: SealedConversations
  readonly deliveries: DeliveryBook
  readonly keptAnswers: KeptAnswerBook
  readonly housekeeping: Housekeeping
}

/** The part of a store that a hub uses; several hubs may share one. */
export type HubStore = Pick<
  Store,
  'edges' | 'joinTokens' | 'spending' | 'deliveries' | 'keptAnswers' | 'housekeeping'
> &
  AsyncDisposable

/** Gives back space, a little at a time, so that nobody waits for it. */
export interface Housekeeping {
  /** Forgets what is over its time; where no server does that by itself, returns free pages to the disk and empties the log. Ends early, without an error, when the signal aborts. */
  run(signal: AbortSignal): Promise<{ readonly rows: number; readonly bytes: number }>
}

/** A store in a file of this machine. What an edge has besides: work to be done later, in one file and one transaction with its effects. */
export interface EdgeStore extends Store {
  readonly outbox: Outbox
  /** Does everything in `act` or nothing; resolves with what it gave when that is on disk. `act` must not wait. What it throws undoes its writes. */
  transaction<T>(act: (writes: StoreWrites) => T): Promise<T>
}

/** What can be written in one transaction. */
export interface StoreWrites {
  readonly outbox: OutboxWrites
  readonly responses: {
    /** As `ResponseLog.save`, but on disk with the transaction. Throws `body-too-large` for one that is not kept. */
    save(response: StoredResponse): void
  }
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

/** What one caller of a hub spent on one day. Money is in millionths of the hub's currency. */
export interface Spent {
  /** Id of an edge, or `api-key`. */
  readonly caller: string
  /** In UTC, `YYYY-MM-DD`. */
  readonly day: string
  readonly micros: number
  readonly requests: number
  readonly promptTokens: number
  readonly completionTokens: number
}

export interface WantedReservation {
  /** Names the run of the hub that will settle it. */
  readonly run: string
  readonly caller: string
  readonly day: string
  /** Most that the answer can cost. */
  readonly micros: number
  readonly mostPerDay?: number
  readonly mostPerMonth?: number
}

/** Why nothing was set aside, and what is spent or set aside already. */
export interface RefusedReservation {
  readonly exceeded: 'day' | 'month'
  readonly committed: number
}

/** What the callers of a hub have spent, and what is set aside for answers under way. */
export interface SpendingBook {
  /** Sets money aside, unless spent and set aside together would exceed a limit; of callers in any number of processes, none gets past it. */
  reserve(wanted: WantedReservation): Promise<{ readonly id: number } | RefusedReservation>
  /** Replaces what was set aside by what was spent, on the day of the reservation. False when it was settled before; nothing is spent then. */
  settle(id: number, spent: Omit<Spent, 'caller' | 'day'>): Promise<boolean>
  /** Books what nothing was set aside for. */
  add(entries: readonly Spent[]): Promise<void>
  /** Books in full what other runs set aside and never settled: they crashed, and what they spent can only be less. */
  reconcile(run: string): Promise<readonly { readonly caller: string; readonly micros: number }[]>
  /** From this day on, oldest first. */
  since(day: string): Promise<readonly Spent[]>
}

/** One response with what was said to get it. Holds content. */
export interface StoredResponse {
  readonly id: string
  /** The API key that may see it. */
  readonly keyId: string
  readonly conversation: string
  /** The response that it continues. */
  readonly previousId: string | undefined
  /** JSON values, kept as they are. */
  readonly body: unknown
  readonly input: unknown
}

/** Responses of the recent past, for their own key only. They are forgotten by age and by size, the longest unused first. */
export interface ResponseLog {
  /** Keeps a response without waiting for the disk: written at most 50 ms later; a power cut may take those of the last 50 ms. */
  save(response: StoredResponse): void
  /** Sees responses that are not written yet. */
  find(id: string, keyId: string): Promise<StoredResponse | undefined>
  /** They were needed again: their time begins anew. */
  use(ids: readonly string[]): Promise<void>
  /** True when there was such a response of this key. */
  remove(id: string, keyId: string): Promise<boolean>
  /** Writes what is waiting, now. Disposing of the store does so too. */
  flush(): Promise<void>
}

/** A whole answer that its caller may not have got. Holds content. */
export interface KeptAnswer {
  readonly caller: string
  /** The caller's own name for the request. */
  readonly key: string
  /** Tells one request from another under the same key. */
  readonly digest: string
  readonly parts: readonly StreamPart[]
  readonly expiresAt: number
}

/** Answers of a hub to requests that went on while the edge was away. */
export interface KeptAnswerBook {
  /** Keeps an answer, on disk when it resolves; of one caller the oldest give way beyond `mostBytes`. False when it alone is more than that. */
  save(answer: KeptAnswer, limits: { readonly now: number; readonly mostBytes: number }): Promise<boolean>
  /** Nothing that has expired by `now`. */
  find(caller: string, key: string, now: number): Promise<Pick<KeptAnswer, 'digest' | 'parts'> | undefined>
  /** True when there was one. */
  remove(caller: string, key: string): Promise<boolean>
  /** Deletes all of one caller; gives how many. */
  removeAll(caller: string): Promise<number>
  /** Deletes up to `limit` that have expired by `now`; gives how many. */
  forget(now: number, limit: number): Promise<number>
}

/** How models did on the owner's own tasks, for the planner to read. */
export interface EvaluationBook {
  /** Replaces an older evaluation of the same model and quantisation on the same tasks. */
  save(evaluation: ModelEvaluation): Promise<void>
  /** All of them, newest first. */
  list(): Promise<readonly ModelEvaluation[]>
}

/** What is remembered of a conversation, readable only with a key that the store does not have. */
export interface SealedConversation {
  readonly id: string
  readonly sealed: Uint8Array
  readonly expiresAt: number
}

/** Pseudonyms and pins of conversations, encrypted before they come here. */
export interface SealedConversations {
  /** Replaces what was kept under the id. */
  save(conversation: SealedConversation): Promise<void>
  /** Nothing that has expired by `now`. */
  find(id: string, now: number): Promise<SealedConversation | undefined>
  /** Deletes what has expired by `now`. */
  forget(now: number): Promise<void>
}

import type { Generated } from 'kysely'

/** The tables as the newest migration leaves them. Moments are milliseconds since 1970. */
export interface Tables {
  decisions: {
    /** Grows with every decision, so that it gives their order. */
    sequence: Generated<number>
    request_id: string
    saved_at: number
    /** The decision as JSON. */
    body: string
  }
  keys: {
    id: string
    name: string
    digest: string
    created_at: number
  }
  edges: {
    sequence: Generated<number>
    id: string
    name: string
    public_key: string
    joined_at: number
    last_seen_at: number | null
    revoked_at: number | null
  }
  join_tokens: {
    digest: string
    expires_at: number
    taken_at: number | null
  }
  spending: {
    /** Id of an edge, or `api-key`. */
    caller: string
    /** In UTC, `YYYY-MM-DD`. */
    day: string
    micros: number
    requests: number
    prompt_tokens: number
    completion_tokens: number
  }
  reservations: {
    id: Generated<number>
    /** The run of the hub that will settle it. */
    run: string
    caller: string
    day: string
    micros: number
  }
  evaluations: {
    sequence: Generated<number>
    model: string
    /** Empty for a model elsewhere. */
    variant: string
    data: string
    /** The evaluation as JSON. */
    body: string
  }
  kept_answers: {
    /** Grows with every answer, so that it gives their order. */
    sequence: Generated<number>
    /** Id of an edge, or `api-key`. */
    caller: string
    key: string
    /** Of the request. */
    digest: string
    /** Stream parts as JSON. */
    parts: string
    bytes: number
    expires_at: number
  }
  guarded_conversations: {
    /** HMAC of key and conversation, in hexadecimal digits. */
    id: string
    sealed: Uint8Array
    expires_at: number
  }
}

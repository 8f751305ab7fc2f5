/** What is known of the way to the hub, from its own traffic. */
export interface LinkProfile {
  /** `down`: nothing gets through. `degraded`: it does, but slowly or with losses. */
  readonly state: 'up' | 'degraded' | 'down'
  /** Median round trip of recent probes; absent before the first one came back. */
  readonly roundTripMs?: number
  /** Median time to the first token of recent cloud answers, link included. */
  readonly firstTokenMs?: number
  /** Median pace of recent cloud answers. */
  readonly tokensPerSecond?: number
  /** What the last failure said, for a person. */
  readonly because?: string
}

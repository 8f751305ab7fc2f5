import type { Random } from '../../spec/ports.ts'
import { compareKeys, type FaultTally } from './compare-keys.ts'
import type { WriterProcess } from './writer-process.ts'

export interface KillerOptions {
  /** How often to kill. */
  readonly kills: number
  readonly random: Random
  /** Starts the writer on what the killed one left behind. */
  readonly start: (acknowledged: ReadonlySet<string>) => WriterProcess
  /**
   * Opens what a killed writer left behind, checks that it is whole, and gives the keys in it, those that stand there twice twice. Throws for
   * a damaged one.
   */
  readonly recover: () => Promise<readonly string[]>
  /** A writer that is not killed early has acknowledged so many; 1 when absent. */
  readonly leastAcknowledged?: number
  /** Longest time that it lives after that; 150 ms when absent. */
  readonly longestMs?: number
  readonly onKill?: (tally: FaultTally) => void
  readonly signal?: AbortSignal
}

/** This share of the kills comes at any time after the start: while it opens, migrates and recovers. */
const earlyRatio = 0.25

/**
 * Starts a writer, kills it (SIGKILL) at a random moment, compares what it had acknowledged with what is there, and starts over where it was. The first loss ends
 * nothing: all are counted. Throws when a writer ends by itself, or when what is left is damaged.
 */
export async function killAtRandom(options: KillerOptions): Promise<FaultTally> {
  const { kills, random, start, recover, leastAcknowledged = 1, longestMs = 150, onKill, signal } = options
  const acknowledged = new Set<string>()
  const lost = new Set<string>()
  const duplicated = new Set<string>()
  let tally: FaultTally = { injected: 0, acknowledged: 0, lost: 0, duplicated: 0 }
  for (let kill = 1; kill <= kills; kill += 1) {
    signal?.throwIfAborted()
    await using writer = start(acknowledged)
    if (random() > earlyRatio) await writer.reached(leastAcknowledged)
    await pause(random() * longestMs)
    writer.kill()
    const exit = await writer.exited
    if (exit.signal !== 'SIGKILL') throw new Error(`the writer ended by itself, with ${exit.code}: ${exit.said}`)
    for (const key of writer.acknowledged) acknowledged.add(key)
    const compared = compareKeys(acknowledged, await recover())
    for (const key of compared.lost) lost.add(key)
    for (const key of compared.duplicated) duplicated.add(key)
    tally = { injected: kill, acknowledged: acknowledged.size, lost: lost.size, duplicated: duplicated.size }
    onKill?.(tally)
  }
  return tally
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

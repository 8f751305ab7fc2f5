import type { Generator } from '../engines/engine.ts'
import type { Pace } from '../placements/local.ts'
import { promptTokens } from '../placements/prompt-tokens.ts'
import type { Rejection } from '../spec/plan.ts'
import type { InferenceRequest, Priority } from '../spec/request.ts'
import type { StreamPart } from '../spec/stream-part.ts'
import { tap } from './tap.ts'

export interface LocalWorkOptions {
  readonly pace: () => Pace
  /** How long what it has to do may take before no more is given to it, in milliseconds. */
  readonly mostMs: number
}

/** What the local model still has to do for the requests that run on it, by its measured pace. */
export interface LocalWork {
  mostMs: number
  /** Milliseconds that the running requests still need, all together. */
  readonly leftMs: number
  /** Why one more request should go elsewhere; undefined when it need not. Who runs alone never has to, and an urgent one waits for nobody. */
  full(priority: Priority | undefined): Rejection | undefined
  /** The same generator, with its work counted. */
  counted<S>(generator: Generator & { stats(): S }): Generator & { stats(): S }
}

/** Length of an answer that is assumed before there was one. */
const firstGuessTokens = 64
/** How much the last answer counts in the mean length. */
const newest = 0.1
/** An answer that has already grown longer than expected is assumed to need this much more. */
const fewMoreTokens = 8

interface Share {
  promptTokens: number
  answerTokens: number
}

export function createLocalWork({ pace, mostMs }: LocalWorkOptions): LocalWork {
  const running = new Set<Share>()
  let usualTokens = firstGuessTokens

  function begin(request: InferenceRequest): Share {
    const { embedding, maxTokens = usualTokens } = request
    const answerTokens = embedding === undefined ? Math.min(maxTokens, usualTokens) : 0
    const share = { promptTokens: promptTokens(request), answerTokens }
    running.add(share)
    return share
  }

  function progress(share: Share, part: StreamPart): void {
    share.promptTokens = 0
    if (part.type === 'finish') usualTokens += newest * (part.usage.completionTokens - usualTokens)
    else share.answerTokens = Math.max(fewMoreTokens, share.answerTokens - 1)
  }

  return {
    mostMs,
    get leftMs() {
      const { prefillTokensPerSecond, decodeTokensPerSecond } = pace()
      const seconds = (share: Share) =>
        share.promptTokens / prefillTokensPerSecond + share.answerTokens / decodeTokensPerSecond
      return 1000 * running.values().reduce((total, share) => total + seconds(share), 0)
    },
    full(priority) {
      if (running.size === 0 || priority === 'urgent') return undefined
      const { leftMs } = this
      if (leftMs <= this.mostMs) return undefined
      const seconds = (ms: number) => Math.ceil(ms / 1000)
      return {
        code: 'overloaded',
        because: `the local model has work for about ${seconds(leftMs)} s, more than the ${seconds(this.mostMs)} s that it may have (limits.localWorkMs)`,
        retryAfterSeconds: Math.min(60, Math.max(1, seconds(leftMs - this.mostMs))),
      }
    },
    counted: (generator) => ({
      get model() {
        return generator.model
      },
      get capabilities() {
        return generator.capabilities
      },
      ...(generator.contextTokens === undefined ? {} : { contextTokens: generator.contextTokens }),
      unavailable: () => generator.unavailable(),
      stats: () => generator.stats(),
      generate(request, signal) {
        const share = begin(request)
        return tap(generator.generate(request, signal), {
          onPart: (part) => progress(share, part),
          onEnd: () => void running.delete(share),
        })
      },
      [Symbol.asyncDispose]: () => generator[Symbol.asyncDispose](),
    }),
  }
}

import type { Generator } from '../engines/engine.ts'
import { EdgewiseError } from '../spec/errors.ts'
import type { Capability, InferenceRequest } from '../spec/request.ts'
import type { StreamPart, Usage } from '../spec/stream-part.ts'

/** One thing a scripted generator does: give a part, wait for a promise, or throw an error. */
export type ScriptStep = StreamPart | Promise<unknown> | Error

/** What became of one call of a scripted generator. `left`: the consumer stopped reading. */
export interface ScriptedCall {
  readonly request: InferenceRequest
  readonly signal: AbortSignal
  readonly given: readonly StreamPart[]
  readonly outcome: 'running' | 'finished' | 'failed' | 'aborted' | 'left'
}

export interface ScriptedGenerator extends Generator {
  /** Every call so far, oldest first; entries change while their call runs. */
  readonly calls: readonly ScriptedCall[]
  /** Makes `unavailable()` say this from now on; undefined makes it available again. */
  setUnavailable(reason: string | undefined): void
}

export interface ScriptedGeneratorOptions {
  readonly model: string
  /** The steps of each call in order; calls beyond the list repeat its last entry. */
  readonly script: readonly (readonly ScriptStep[])[]
  readonly capabilities?: readonly Capability[]
  readonly contextTokens?: number
}

/** A generator that does what its script says and records its calls, for tests of placements and pipelines. */
export function createScriptedGenerator({
  model,
  script,
  capabilities = ['logprobs', 'continuation'],
  contextTokens,
}: ScriptedGeneratorOptions): ScriptedGenerator {
  const calls: MutableCall[] = []
  let reason: string | undefined
  return {
    model,
    capabilities: new Set(capabilities),
    ...(contextTokens === undefined ? {} : { contextTokens }),
    calls,
    unavailable: () => reason,
    setUnavailable(next) {
      reason = next
    },
    generate(request, signal) {
      const steps = script[Math.min(calls.length, script.length - 1)] ?? []
      const call: MutableCall = { request, signal, given: [], outcome: 'running' }
      calls.push(call)
      return play(steps, call)
    },
    async [Symbol.asyncDispose]() {},
  }
}

/** The steps of a whole answer: its text in the given pieces, then `finish`. Usage counts a token per piece unless given. */
export function scriptedAnswer(pieces: readonly string[], usage: Partial<Usage> = {}): readonly ScriptStep[] {
  const deltas = pieces.map((text) => ({ type: 'text-delta', text }) as const)
  const counted = { promptTokens: 1, completionTokens: pieces.length, ...usage }
  return [...deltas, { type: 'finish', reason: 'stop', usage: counted }]
}

interface MutableCall extends ScriptedCall {
  given: StreamPart[]
  outcome: ScriptedCall['outcome']
}

async function* play(steps: readonly ScriptStep[], call: MutableCall): AsyncGenerator<StreamPart> {
  try {
    for (const step of steps) {
      await (step instanceof Promise ? untilAborted(step, call.signal) : undefined)
      if (call.signal.aborted)
        throw new EdgewiseError('aborted', 'the request was aborted', { cause: call.signal.reason })
      if (step instanceof Error) throw step
      if (step instanceof Promise) continue
      call.given.push(step)
      yield step
    }
    call.outcome = 'finished'
  } catch (thrown) {
    call.outcome = call.signal.aborted ? 'aborted' : 'failed'
    throw thrown
  } finally {
    if (call.outcome === 'running') call.outcome = 'left'
  }
}

/** Settles with the promise, or resolves as soon as the signal aborts. */
function untilAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', resolve, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', resolve))
  })
}

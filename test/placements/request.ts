import type { Placement, RunContext } from '../../src/placements/placement.ts'
import { keptViews, plainViews } from '../../src/privacy/guard/views.ts'
import type { RequestViews } from '../../src/spec/outbound.ts'
import type { InferenceRequest } from '../../src/spec/request.ts'
import type { StreamPart, TokenLogprob } from '../../src/spec/stream-part.ts'

export const request: InferenceRequest = {
  id: 'request-1',
  model: 'auto',
  messages: [{ role: 'user', content: 'Say something.' }],
  sampling: { temperature: 0, topP: 1, topK: 0 },
  stop: [],
}

/** A guard that keeps everything. */
export const closedGuard = { protect: (given: InferenceRequest) => keptViews(given, 'this guard keeps everything') }

export function views(changes: Partial<InferenceRequest> = {}): RequestViews {
  return plainViews({ ...request, ...changes })
}

/** A piece of text whose single token had this probability. */
export function sure(text: string, probability: number): StreamPart {
  const logprob: TokenLogprob = { token: text, logprob: Math.log(probability), bytes: [], top: [] }
  return { type: 'text-delta', text, logprobs: [logprob] }
}

export const finish: StreamPart = { type: 'finish', reason: 'stop', usage: { promptTokens: 3, completionTokens: 2 } }

export function context(changes: Partial<RunContext> = {}): RunContext {
  return { signal: new AbortController().signal, streaming: true, onConfidence: () => undefined, ...changes }
}

/** Reads an answer to its end; a failure becomes the last entry. */
export async function read(
  parts: AsyncIterable<StreamPart>,
): Promise<readonly (StreamPart | { readonly thrown: unknown })[]> {
  const seen: (StreamPart | { thrown: unknown })[] = []
  try {
    for await (const part of parts) seen.push(part)
  } catch (thrown) {
    seen.push({ thrown })
  }
  return seen
}

export function run(placement: Placement, given: RequestViews = views(), changes: Partial<RunContext> = {}) {
  return read(placement.run(given, context(changes)))
}

export function textOf(seen: readonly unknown[]): string {
  return seen.map((part) => (part as { text?: string }).text ?? '').join('')
}

import type { InferenceRequest } from '../../src/spec/request.ts'

/** A greedy request with one user message. */
export function someRequest(content: string, changes: Partial<InferenceRequest> = {}): InferenceRequest {
  return {
    id: 'request',
    model: 'tiny',
    messages: [{ role: 'user', content }],
    sampling: { temperature: 0, topK: 0, topP: 1 },
    stop: [],
    ...changes,
  }
}

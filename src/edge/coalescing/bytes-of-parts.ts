import type { StreamPart } from '../../spec/stream-part.ts'

/** What an object of a few fields takes in V8, roughly. */
const objectBytes = 100

/** About how much memory the parts of an answer take. */
export function bytesOfParts(parts: readonly StreamPart[]): number {
  return parts.reduce((total, part) => total + objectBytes + contentBytes(part), 0)
}

function contentBytes(part: StreamPart): number {
  if (part.type === 'tool-call-delta') return 2 * part.arguments.length
  if (part.type !== 'text-delta') return 0
  const logprobs = part.logprobs ?? []
  return 2 * part.text.length + logprobs.reduce((total, { top }) => total + 3 * objectBytes * (1 + top.length), 0)
}

import type { TokenLogprob } from '../spec/stream-part.ts'
import type { UpstreamChunk } from './upstream-chunk.ts'

type WireLogprobs = NonNullable<NonNullable<UpstreamChunk['choices']>[number]['logprobs']>

/** Log-probabilities in the older shape of `/completions`, three lists of equal length; undefined when it holds none. */
export function readLegacyLogprobs(wire: WireLogprobs): readonly TokenLogprob[] | undefined {
  const { tokens, token_logprobs: logprobs, top_logprobs: tops } = wire
  if (tokens == null || logprobs == null) return undefined
  return tokens.map((token, index) => {
    const top = Object.entries(tops?.[index] ?? {}).map(([other, logprob]) => entry(other, logprob))
    return { ...entry(token, logprobs[index] ?? 0), top: top.toSorted((a, b) => b.logprob - a.logprob) }
  })
}

function entry(token: string, logprob: number) {
  return { token, logprob, bytes: [...new TextEncoder().encode(token)] }
}

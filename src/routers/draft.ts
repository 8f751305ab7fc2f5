import type { TokenLogprob } from '../spec/stream-part.ts'

/** One token of a draft: its log-probability, and that of the best other one where it is known. */
export interface DraftToken {
  readonly token: string
  readonly logprob: number
  readonly runnerUp?: number
}

/** What a router may look at: the prompt, and of the local answer as much as there is when it is judged. */
export interface Draft {
  /** Text of the last user message. */
  readonly prompt: string
  /** The local answer's beginning, or the whole of it; absent for a router that judges the prompt alone. */
  readonly text?: string
  readonly tokens?: readonly DraftToken[]
}

/** A token as a router sees it: the runner-up is the best of the alternatives that is not the token itself. */
export function draftToken({ token, logprob, top }: TokenLogprob): DraftToken {
  const others = top.filter((other) => other.token !== token)
  const runnerUp = others.reduce((best, other) => Math.max(best, other.logprob), Number.NEGATIVE_INFINITY)
  return runnerUp === Number.NEGATIVE_INFINITY ? { token, logprob } : { token, logprob, runnerUp }
}

/** A draft as it was when it had so many tokens: what a cascade sees that decides early. Without tokens the draft stays as it is. */
export function beginningOf(draft: Draft, count: number): Draft {
  if (draft.tokens === undefined || draft.tokens.length <= count) return draft
  const tokens = draft.tokens.slice(0, count)
  return { ...draft, tokens, text: tokens.map(({ token }) => token).join('') }
}

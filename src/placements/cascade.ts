import type { Generator } from '../engines/engine.ts'
import { meanTokenProbability } from '../routers/baselines.ts'
import type { DraftJudge } from '../routers/calibration.ts'
import { draftToken } from '../routers/draft.ts'
import { promptText } from '../routers/prompt-text.ts'
import { asEdgewiseError } from '../spec/errors.ts'
import type { RequestViews, SanitisedRequest } from '../spec/outbound.ts'
import type { StreamPart, TokenLogprob } from '../spec/stream-part.ts'
import { cloudEstimate, sanitisedView } from './cloud.ts'
import { canBeTakenOver } from './continuation.ts'
import { GivenAnswer } from './given-answer.ts'
import { generatorLacks, type Pace } from './local.ts'
import type { Placement, RunContext } from './placement.ts'
import { promptTokens } from './prompt-tokens.ts'

export interface CascadeOptions {
  readonly local: Generator
  readonly cloud: Generator<SanitisedRequest>
  readonly pace: () => Pace
  /** Mean token probability, 0..1, under which a draft is passed on to the cloud. */
  readonly threshold: number
  /** A streamed draft is judged after this many tokens; one that nobody watches, when it is whole. */
  readonly decideAfterTokens: number
  /** From a calibration: judges drafts in place of the mean token probability, by its own threshold and number of tokens. */
  readonly judge?: DraftJudge
}

/** Local first; escalates when the local model is not sure of its own words. A draft is shown only once it is kept. */
export function createCascadePlacement(options: CascadeOptions): Placement {
  const { local, cloud, pace, judge } = options
  const decideAfterTokens = judge?.decideAfterTokens ?? options.decideAfterTokens
  return {
    kind: 'cascade',
    place: 'both',
    get models() {
      return [local.model, cloud.model]
    },
    needsLink: true,
    discloses: 'plain',
    exact: false,
    unavailable: (request) =>
      generatorLacks(local, { ...request, topLogprobs: request.topLogprobs ?? 0 }) ?? generatorLacks(cloud, request),
    estimate(request, link) {
      const { prefillTokensPerSecond, decodeTokensPerSecond } = pace()
      const draftMs =
        (1000 * promptTokens(request)) / prefillTokensPerSecond + (1000 * decideAfterTokens) / decodeTokensPerSecond
      const escalated = cloudEstimate(request, link)
      return {
        firstTokenMs: draftMs + escalated.firstTokenMs,
        tokensPerSecond: Math.min(decodeTokensPerSecond, escalated.tokensPerSecond),
      }
    },
    run: (views, context) => runCascade(options, views, context),
  }
}

async function* runCascade(
  options: CascadeOptions,
  views: RequestViews,
  context: RunContext,
): AsyncGenerator<StreamPart> {
  const { local, cloud, judge } = options
  const threshold = judge?.threshold ?? options.threshold
  const drafting = new AbortController()
  const signal = AbortSignal.any([context.signal, drafting.signal])
  const wanted = views.raw.topLogprobs
  const topLogprobs = Math.max(wanted ?? 0, judge?.topLogprobs ?? 0)
  const draft = local.generate({ ...views.raw, topLogprobs }, signal)[Symbol.asyncIterator]()
  try {
    const wait = context.streaming ? options.decideAfterTokens : Number.POSITIVE_INFINITY
    const { held, failure } = await holdBack(draft, judge?.decideAfterTokens ?? wait)
    const confidence = failure === undefined ? confidenceOf(held, promptText(views.raw.messages), judge) : 0
    if (failure === undefined) {
      context.onConfidence({ value: confidence, threshold, ...(judge === undefined ? {} : { calibrated: true }) })
    }
    if (failure !== undefined || confidence < threshold) {
      drafting.abort()
      const lost = yield* escalate(cloud, views, context, failure?.code ?? 'low-confidence')
      if (lost === undefined) return
      if (failure !== undefined) throw failure
      yield { type: 'placement', placement: 'local', model: local.model, reason: lost }
      yield* finishDraft(held, local, views, context)
      return
    }
    yield { type: 'placement', placement: 'local', model: local.model, reason: 'confident' }
    for (const part of held) yield shown(part, wanted)
    for (let next = await draft.next(); !next.done; next = await draft.next()) yield shown(next.value, wanted)
  } finally {
    drafting.abort()
    // The draft ends with the abort just sent; what it says on the way out concerns nobody.
    await draft.return?.()?.catch(() => undefined)
  }
}

/** Reads the draft until `tokens` tokens are in hand or it ends. A local engine that is overloaded or crashed is no confidence at all. */
async function holdBack(draft: AsyncIterator<StreamPart>, tokens: number) {
  const held: StreamPart[] = []
  try {
    for (let count = 0; count < tokens; ) {
      const next = await draft.next()
      if (next.done) break
      held.push(next.value)
      count += logprobsOf(next.value).length
    }
  } catch (error) {
    const failure = asEdgewiseError(error)
    if (!failure.retryable) throw failure
    return { held, failure }
  }
  return { held, failure: undefined }
}

/** What the judge says of a draft; without one the mean probability of its tokens. */
function confidenceOf(held: readonly StreamPart[], prompt: string, judge: DraftJudge | undefined): number {
  const deltas = held.filter((part) => part.type === 'text-delta')
  const logprobs = held.flatMap(logprobsOf)
  if (judge === undefined) return meanTokenProbability(logprobs)
  return judge.confidence({ prompt, text: deltas.map(({ text }) => text).join(''), tokens: logprobs.map(draftToken) })
}

function logprobsOf(part: StreamPart): readonly TokenLogprob[] {
  return part.type === 'text-delta' || part.type === 'tool-call-delta' ? (part.logprobs ?? []) : []
}

/** Streams the cloud's answer. Gives the failure's code when the cloud was lost before its first word; later losses are thrown. */
async function* escalate(
  cloud: Generator<SanitisedRequest>,
  views: RequestViews,
  { signal }: RunContext,
  reason: string,
): AsyncGenerator<StreamPart, string | undefined> {
  let hasBegun = false
  try {
    for await (const part of cloud.generate(sanitisedView(views), signal)) {
      if (!hasBegun) yield { type: 'placement', placement: 'cloud', model: cloud.model, reason }
      hasBegun = true
      yield part
    }
    return undefined
  } catch (error) {
    const failure = asEdgewiseError(error)
    if (hasBegun || !canBeTakenOver(failure)) throw failure
    return failure.code
  }
}

/** Shows the held draft after all, and lets the local model go on where it was stopped. */
async function* finishDraft(
  held: readonly StreamPart[],
  local: Generator,
  views: RequestViews,
  { signal }: RunContext,
): AsyncGenerator<StreamPart> {
  if (held.some(({ type }) => type === 'tool-call-delta') && held.at(-1)?.type !== 'finish') {
    // Half a call cannot be gone on with, and nobody has seen it.
    yield* local.generate(views.raw, signal)
    return
  }
  const given = new GivenAnswer()
  for (const part of held) {
    given.take(part)
    yield shown(part, views.raw.topLogprobs)
    if (part.type === 'finish') return
  }
  const rest = given.restOf(views.raw)
  yield* given.followedBy(rest, () => local.generate(rest, signal))
}

/** A part as the caller asked for it: what was only wanted for the judgement is taken out. */
function shown(part: StreamPart, wanted: number | undefined): StreamPart {
  if (part.type === 'tool-call-delta') {
    const { logprobs: _, ...call } = part
    return call
  }
  if (part.type !== 'text-delta' || part.logprobs === undefined) return part
  if (wanted === undefined) return { type: 'text-delta', text: part.text }
  return { ...part, logprobs: part.logprobs.map((token) => ({ ...token, top: token.top.slice(0, wanted) })) }
}

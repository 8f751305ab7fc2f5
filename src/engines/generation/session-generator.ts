import { rawPromptOf } from '../../openai/completions-request.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Random } from '../../spec/ports.ts'
import { type Capability, type InferenceRequest, type Priority, requiredCapabilities } from '../../spec/request.ts'
import type { StreamPart } from '../../spec/stream-part.ts'
import type { Generator, Session, SessionModel } from '../engine.ts'
import { answerGrammar, offeredTools } from '../grammar/answer-grammar.ts'
import { GrammarCompiler } from '../grammar/grammar-compiler.ts'
import { createGrammarConstraint } from '../grammar/grammar-constraint.ts'
import { createVocabulary } from '../grammar/vocabulary.ts'
import type { ChatTemplate } from '../tokenizer/chat-template.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { createAdmission } from './admission.ts'
import type { Constraint } from './constraint.ts'
import { generationLoop, prefillChunk } from './generation-loop.ts'
import { requireKnownTokens } from './logit-adjustments.ts'
import { promptCharacters } from './prompt-characters.ts'
import { sessionInTurns } from './session-in-turns.ts'
import { createSessionLender } from './session-lender.ts'
import { createSpeedMeter } from './speed-meter.ts'
import { createTurns } from './turns.ts'
import { withToolCalls } from './with-tool-calls.ts'

export interface SessionGeneratorOptions {
  readonly model: string
  /** A whole model; the generator closes it. */
  readonly sessions: SessionModel
  readonly tokenizer: Tokenizer
  readonly template: ChatTemplate
  /** Tokens that end an answer. */
  readonly endIds: ReadonlySet<number>
  readonly kvBudgetBytes: number
  /** For requests without a seed. */
  readonly random: Random
  /** Monotonic milliseconds. */
  readonly monotonic: () => number
}

/** What a generator has measured of itself. */
export interface GeneratorStats {
  /** Requests at work. */
  readonly running: number
  /** KV cache reserved for them. */
  readonly kvBytes: number
  /** Steps of the model so far: what stands still while requests run is stuck. */
  readonly steps: number
  /** Medians of recent steps of the model, waiting not included; absent before the first one. */
  readonly prefillTokensPerSecond?: number | undefined
  readonly decodeTokensPerSecond?: number | undefined
}

export interface SessionGenerator extends Generator {
  readonly contextTokens: number
  stats(): GeneratorStats
  /** Runs a few steps on meaningless tokens, so that speeds are known. */
  warmUp(): Promise<void>
}

/** What the generation loop can do for any model. */
export const loopCapabilities: ReadonlySet<Capability> = new Set<Capability>([
  'tools',
  'json',
  'logprobs',
  'continuation',
  'completions',
])

/** A generator out of a model's sessions; requests at the same time take turns step by step. Errors as of `Admission` and `ChatTemplate`. */
export function createSessionGenerator(options: SessionGeneratorOptions): SessionGenerator {
  const { model, sessions, kvBudgetBytes, monotonic, random } = options
  const grammars = new GrammarCompiler(() => createVocabulary({ ...options, size: sessions.rowSize }))
  const meter = createSpeedMeter()
  const turns = createTurns()
  const admission = createAdmission({
    model,
    contextTokens: sessions.contextTokens,
    kvBytesPerToken: sessions.kvBytesPerToken,
    kvBytesPerSession: sessions.kvBytesPerSession,
    kvBudgetBytes,
    decodeTokensPerSecond: () => meter.decodeTokensPerSecond,
  })
  const lender = createSessionLender({ admission, openSession: () => sessions.openSession(), kvBudgetBytes })
  const inTurns = (session: Session, signal: AbortSignal, priority?: Priority) =>
    sessionInTurns(session, { turns, meter, monotonic, signal, priority })

  async function* generate(request: InferenceRequest, signal: AbortSignal): AsyncGenerator<StreamPart> {
    refuseUnsupported(model, request)
    requireKnownTokens(request.sampling, sessions.rowSize, model)
    const constraint = constraintOf(grammars, request)
    const prompt = promptIds(options, request)
    const { maxTokens, sampling, priority } = request
    // A seed asks for the same text again: whatever a kept session holds was read in other steps.
    await using lent = await lender.lend({ prompt, maxTokens, startsCold: sampling.seed !== undefined })
    const { room } = lent.admitted
    const session = inTurns(lent.session, signal, priority)
    const { prefillTokens } = sessions
    const answer = generationLoop({ ...options, session, prompt, request, room, prefillTokens, constraint, signal })
    const { answerSoFar } = request
    const hasTools = offeredTools(request).length > 0
    for await (const part of hasTools ? withToolCalls({ parts: answer, answerSoFar, random }) : answer) {
      lent.admitted.progress()
      yield part
    }
  }

  return {
    model,
    capabilities: loopCapabilities,
    contextTokens: admission.contextTokens,
    unavailable: () => undefined,
    generate,
    stats: () => ({
      running: admission.running,
      kvBytes: admission.kvBytes,
      steps: meter.steps,
      prefillTokensPerSecond: meter.prefillTokensPerSecond,
      decodeTokensPerSecond: meter.decodeTokensPerSecond,
    }),
    async warmUp() {
      const decoded = 8
      const count = Math.min(sessions.prefillTokens ?? prefillChunk, admission.contextTokens - decoded)
      if (count < 1) return
      await using session = inTurns(sessions.openSession(), new AbortController().signal)
      const ids = Array.from({ length: count }, (_, index) => index % sessions.rowSize)
      await session.step({ kind: 'tokens', ids }, 'last')
      for (let step = 0; step < decoded; step++) await session.step({ kind: 'tokens', ids: [0] }, 'last')
    },
    async [Symbol.asyncDispose]() {
      await lender[Symbol.asyncDispose]()
      await sessions[Symbol.asyncDispose]()
    },
  }
}

/** What the request's answer may be; undefined when it may be anything. Throws before any work of the model. */
function constraintOf(grammars: GrammarCompiler, request: InferenceRequest): Constraint | undefined {
  const grammar = answerGrammar(request)
  return grammar && createGrammarConstraint(grammars.compile(grammar), request.answerSoFar)
}

function refuseUnsupported(model: string, request: InferenceRequest): void {
  for (const [capability, param] of requiredCapabilities(request)) {
    if (loopCapabilities.has(capability)) continue
    throw new EdgewiseError('unsupported-field', `${model} cannot honour ${param}: it has no ${capability}`, { param })
  }
}

/** Ids of the rendered messages, and of the answer so far right behind the beginning of the answer. */
function promptIds(options: SessionGeneratorOptions, request: InferenceRequest): number[] {
  const { tokenizer, template, model, sessions } = options
  const { protect, longestToken } = tokenizer
  const characters = promptCharacters(request)
  // Encoding takes seconds for megabytes, and nothing else runs meanwhile.
  if (characters > sessions.contextTokens * longestToken) throw tooLong(model, characters, sessions.contextTokens)
  // Who writes the whole prompt writes its control tokens too.
  const rendered =
    request.rawPrompt === true
      ? rawPromptOf(request)
      : template.render(request.messages, protect, offeredTools(request))
  const ids = tokenizer.encode(rendered + protect(request.answerSoFar ?? ''))
  if (ids.length > 0) return ids
  throw new EdgewiseError('invalid-request', `the messages are empty in the chat template of ${model}`, {
    param: 'messages',
  })
}

function tooLong(model: string, characters: number, contextTokens: number): EdgewiseError {
  const message = `the messages have ${characters} characters, which cannot fit into the ${contextTokens} tokens that ${model} holds; shorten them`
  return new EdgewiseError('context-exceeded', message, { param: 'messages' })
}

import { EdgewiseError } from '../spec/errors.ts'
import type { Sampling } from '../spec/request.ts'
import type { WireChat } from './chat-schema.ts'

/** The fields of a chat request that say how tokens are drawn. */
export type WireSampling = Pick<
  WireChat,
  | 'temperature'
  | 'top_p'
  | 'top_k'
  | 'min_p'
  | 'presence_penalty'
  | 'frequency_penalty'
  | 'repetition_penalty'
  | 'repeat_penalty'
  | 'logit_bias'
  | 'seed'
>

/** How tokens are to be drawn. What asks for nothing (a penalty of 0, a repetition penalty of 1, no bias) is left out. */
export function readSampling(chat: WireSampling): Sampling {
  const { min_p, presence_penalty, frequency_penalty, seed } = chat
  return {
    temperature: chat.temperature ?? 1,
    topP: chat.top_p ?? 1,
    topK: Math.max(0, chat.top_k ?? 0),
    ...unless(0, 'minP', min_p),
    ...unless(0, 'presencePenalty', presence_penalty),
    ...unless(0, 'frequencyPenalty', frequency_penalty),
    ...unless(1, 'repetitionPenalty', readRepetitionPenalty(chat)),
    ...readLogitBias(chat.logit_bias ?? {}),
    ...(typeof seed === 'number' ? { seed } : {}),
  }
}

function unless<K extends keyof Sampling>(
  neutral: number,
  key: K,
  value: number | null | undefined,
): Pick<Sampling, K> {
  return (value === null || value === undefined || value === neutral ? {} : { [key]: value }) as Pick<Sampling, K>
}

function readRepetitionPenalty({ repetition_penalty, repeat_penalty }: WireSampling): number | undefined {
  const ours = repetition_penalty ?? repeat_penalty ?? undefined
  if (ours === (repeat_penalty ?? ours)) return ours
  throw invalid('repeat_penalty', 'contradicts repetition_penalty; send one')
}

function readLogitBias(biases: Readonly<Record<string, unknown>>): Pick<Sampling, 'logitBias'> {
  const entries = Object.entries(biases)
  if (entries.length === 0) return {}
  for (const [id, bias] of entries) {
    if (!/^\d{1,9}$/.test(id))
      throw invalid('logit_bias', 'must have token ids as keys: whole numbers of at most 9 digits')
    if (typeof bias === 'number' && bias >= -100 && bias <= 100) continue
    throw invalid(`logit_bias.${id}`, 'must be a number from -100 to 100')
  }
  return { logitBias: Object.fromEntries(entries) as Record<string, number> }
}

function invalid(param: string, message: string): EdgewiseError {
  return new EdgewiseError('invalid-request', `${param} ${message}`, { param })
}

/** Sampling as the fields of a body for any OpenAI-compatible server; undefined fields vanish in JSON. */
export function encodeSampling(sampling: Sampling): Record<string, unknown> {
  return {
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK > 0 ? sampling.topK : undefined,
    min_p: sampling.minP,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    repetition_penalty: sampling.repetitionPenalty,
    logit_bias: sampling.logitBias,
    seed: sampling.seed,
  }
}

import { z } from 'zod'
import { chatSchema, list } from './chat-schema.ts'

const { shape } = chatSchema

/** Body of `POST /v1/completions`: every field that has a meaning here. What it shares with chat means the same there. */
export const completionsSchema = z.object({
  model: shape.model,
  prompt: z.union([z.string().min(1), list(z.union([z.string().min(1), z.int(), list(z.int())]), { least: 1 })]),
  echo: z.boolean().nullish(),
  logprobs: z.int().min(0).max(5).nullish(),
  max_tokens: shape.max_tokens,
  temperature: shape.temperature,
  top_p: shape.top_p,
  top_k: shape.top_k,
  min_p: shape.min_p,
  presence_penalty: shape.presence_penalty,
  frequency_penalty: shape.frequency_penalty,
  repetition_penalty: shape.repetition_penalty,
  repeat_penalty: shape.repeat_penalty,
  logit_bias: shape.logit_bias,
  seed: shape.seed,
  stop: shape.stop,
  stream: shape.stream,
  stream_options: shape.stream_options,
})
export type WireCompletions = z.infer<typeof completionsSchema>

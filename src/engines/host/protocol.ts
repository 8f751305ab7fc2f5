import { z } from 'zod'
import { asEdgewiseError, EdgewiseError, isErrorCode } from '../../spec/errors.ts'
import type { ModelManifest } from '../../spec/model-manifest.ts'
import type { InferenceRequest } from '../../spec/request.ts'
import type { StreamPart } from '../../spec/stream-part.ts'

/** What any engine process is to load; each kind of engine says more. */
export interface EngineLoad {
  /** Id by which requests name the model. */
  readonly model: string
}

/** What a process of the onnx engine is to load. */
export interface LoadOptions extends EngineLoad {
  readonly manifest: ModelManifest
  readonly threads: number
  readonly kvBudgetBytes: number
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null

/** What the engine process is told. Its parent is trusted: only the outline is checked. */
export const toEngine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('load'), options: z.custom<EngineLoad>(isObject) }),
  z.object({ type: z.literal('generate'), call: z.int(), request: z.custom<InferenceRequest>(isObject) }),
  z.object({ type: z.literal('abort'), call: z.int() }),
  z.object({ type: z.literal('ping') }),
  z.object({ type: z.literal('close') }),
])
export type ToEngine = z.infer<typeof toEngine>

const logprob = { token: z.string(), logprob: z.number(), bytes: z.array(z.int()) }
const tokenLogprob = z.object({ ...logprob, top: z.array(z.object(logprob)) })

/** What an engine gives; where it runs, it never says. */
export type EnginePart = Exclude<StreamPart, { type: 'placement' }>

const part: z.ZodType<EnginePart> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text-delta'), text: z.string(), logprobs: z.array(tokenLogprob).exactOptional() }),
  z.object({
    type: z.literal('tool-call-delta'),
    index: z.int(),
    id: z.string().exactOptional(),
    name: z.string().exactOptional(),
    arguments: z.string(),
    logprobs: z.array(tokenLogprob).exactOptional(),
  }),
  z.object({
    type: z.literal('finish'),
    reason: z.enum(['stop', 'length', 'tool-calls', 'content-filter']),
    usage: z.object({ promptTokens: z.int(), cachedTokens: z.int().exactOptional(), completionTokens: z.int() }),
  }),
])

/** A thrown thing on its way between two processes. */
export const wireError = z.object({
  code: z.string().refine(isErrorCode),
  message: z.string(),
  param: z.string().optional(),
  retryAfterSeconds: z.number().optional(),
})
export type WireError = z.infer<typeof wireError>

const stats = z.object({
  running: z.int(),
  kvBytes: z.number(),
  steps: z.int(),
  prefillTokensPerSecond: z.number().optional(),
  decodeTokensPerSecond: z.number().optional(),
})

const event = z.union([z.object({ call: z.int(), part }), z.object({ call: z.int(), error: wireError })])
export type CallEvent = z.infer<typeof event>

/** What the engine process says. It runs native code on files from elsewhere: everything is checked. */
export const fromEngine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('loaded'), contextTokens: z.int(), stats }),
  z.object({ type: z.literal('load-failed'), error: wireError }),
  z.object({ type: z.literal('events'), events: z.array(event), stats }),
  z.object({ type: z.literal('alive'), stats }),
])
export type FromEngine = z.infer<typeof fromEngine>

/** A thrown thing as it crosses the process border: code and message, no cause. */
export function errorToWire(thrown: unknown): WireError {
  const { code, message, param, retryAfterSeconds } = asEdgewiseError(thrown)
  return { code, message, param, retryAfterSeconds }
}

/** The error that the other process threw. */
export function errorFromWire({ code, message, param, retryAfterSeconds }: WireError): EdgewiseError {
  return new EdgewiseError(code, message, {
    ...(param === undefined ? {} : { param }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  })
}

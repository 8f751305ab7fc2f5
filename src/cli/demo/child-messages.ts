import { z } from 'zod'
import { edgeConfigSchema } from '../../edge/config.ts'
import { hubConfigSchema } from '../../hub/config.ts'
import type { Decision } from '../../spec/decision.ts'

/** What a child has to take away when the demo itself is gone and cannot. */
export const leftoversSchema = z.object({
  /** Temporary folder of the whole demo; absent: the state is kept. */
  temporaryFolder: z.string().optional(),
  demoFile: z.string(),
})
export type Leftovers = z.infer<typeof leftoversSchema>

const commonSettings = { stateFolder: z.string(), leftovers: leftoversSchema }

/** What the demo tells its hub process at the start. */
export const hubSettingsSchema = z.object({
  ...commonSettings,
  config: hubConfigSchema,
  /** An OpenAI-compatible server that takes the place of the bundled cloud model. */
  cloud: z.object({ url: z.string(), keyEnvironment: z.string().optional(), model: z.string().optional() }).optional(),
})
export type HubSettings = z.infer<typeof hubSettingsSchema>

export const hubReadySchema = z.object({
  port: z.number(),
  models: z.array(z.string()),
  joinToken: z.string(),
})
export type HubReady = z.infer<typeof hubReadySchema>

/** What the demo tells its edge process at the start. */
export const edgeSettingsSchema = z.object({ ...commonSettings, config: edgeConfigSchema, joinToken: z.string() })
export type EdgeSettings = z.infer<typeof edgeSettingsSchema>

export const edgeReadySchema = z.object({
  port: z.number(),
  url: z.string(),
  apiKey: z.string(),
  apiKeySource: z.string(),
})
export type EdgeReady = z.infer<typeof edgeReadySchema>

/** From the demo to a child. */
export const toChildSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start'), settings: z.unknown() }),
  z.object({ type: z.literal('stop') }),
])
export type ToChild = z.infer<typeof toChildSchema>

/** From a child to the demo. Decisions are our own objects from our own process: their shape is not checked again. */
export const fromChildSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), ready: z.unknown() }),
  z.object({ type: z.literal('failed'), code: z.string(), message: z.string() }),
  z.object({ type: z.literal('warning'), text: z.string() }),
  z.object({ type: z.literal('decision'), decision: z.custom<Decision>((value) => typeof value === 'object') }),
])
export type FromChild = z.infer<typeof fromChildSchema>

import { z } from 'zod'
import type { TokenClass } from '../../spec/ports.ts'
import { wireError } from '../host/protocol.ts'
import type { NameModelFolder } from './name-model-settings.ts'

/** What the process of a name model is to load. */
export interface LoadNames {
  readonly model: NameModelFolder
  readonly threads: number
  /** Tokens that are read in one step: an abort is heard between two of them. */
  readonly windowTokens: number
}

/** What the process is told. Its parent is trusted: only the outline is checked. */
export const toNames = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('load'),
    options: z.custom<LoadNames>((value) => typeof value === 'object' && value !== null),
  }),
  z.object({ type: z.literal('classify'), call: z.int(), texts: z.array(z.string()) }),
  z.object({ type: z.literal('abort'), call: z.int() }),
  z.object({ type: z.literal('ping') }),
  z.object({ type: z.literal('close') }),
])
export type ToNames = z.infer<typeof toNames>

/** One stretch of a text: class, start, end, score. */
const stretch = z.tuple([z.string(), z.int(), z.int(), z.number()])

/** What the process says. It runs native code on files from elsewhere: everything is checked. */
export const fromNames = z.discriminatedUnion('type', [
  z.object({ type: z.literal('loaded') }),
  z.object({ type: z.literal('load-failed'), error: wireError }),
  z.object({ type: z.literal('classified'), call: z.int(), texts: z.array(z.array(stretch)) }),
  z.object({ type: z.literal('failed'), call: z.int(), error: wireError }),
  z.object({ type: z.literal('pong') }),
])
export type FromNames = z.infer<typeof fromNames>

/** A stretch as it crosses the process border. */
export function stretchToWire({ entity, start, end, score }: TokenClass): z.infer<typeof stretch> {
  return [entity, start, end, score]
}

/** A stretch as the other process found it. */
export function stretchFromWire([entity, start, end, score]: z.infer<typeof stretch>): TokenClass {
  return { entity, start, end, score }
}

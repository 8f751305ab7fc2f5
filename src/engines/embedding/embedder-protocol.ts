import { z } from 'zod'
import type { EmbeddingManifest } from '../../spec/embedding-manifest.ts'
import { wireError } from '../host/protocol.ts'

/** What an embedder process is to load. */
export interface LoadEmbedder {
  readonly manifest: EmbeddingManifest
  readonly threads: number
}

/** What the process is told. Its parent is trusted: only the outline is checked. */
export const toEmbedder = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('load'),
    options: z.custom<LoadEmbedder>((value) => typeof value === 'object' && value !== null),
  }),
  z.object({ type: z.literal('embed'), call: z.int(), texts: z.array(z.string()) }),
  z.object({ type: z.literal('abort'), call: z.int() }),
  z.object({ type: z.literal('ping') }),
  z.object({ type: z.literal('close') }),
])
export type ToEmbedder = z.infer<typeof toEmbedder>

/** What the process says. It runs native code on files from elsewhere: everything is checked. */
export const fromEmbedder = z.discriminatedUnion('type', [
  z.object({ type: z.literal('loaded') }),
  z.object({ type: z.literal('load-failed'), error: wireError }),
  // Vectors as base64 of 32-bit floats: JSON of numbers would be four times as long.
  z.object({ type: z.literal('embedded'), call: z.int(), vectors: z.array(z.string()), promptTokens: z.int() }),
  z.object({ type: z.literal('failed'), call: z.int(), error: wireError }),
  z.object({ type: z.literal('alive') }),
])
export type FromEmbedder = z.infer<typeof fromEmbedder>

import { z } from 'zod'

/** More than any model has; nothing is allocated by these. */
const mostFiles = 2000
const largestFileBytes = 2 ** 43
const size = z
  .int()
  .min(1)
  .max(2 ** 31)

/** A plain file name: parts lie beside their manifest, in no folder below. */
const fileName = z.string().regex(/^[\w-][\w.-]{0,199}$/)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

const layerRange = z
  .strictObject({ start: z.int().min(0).max(10_000), end: z.int().min(0).max(10_000) })
  .refine(({ start, end }) => start <= end, 'ends before it starts')

/** Name of the manifest of a folder with parts. */
export const partManifestName = 'edgewise-parts.json'

/** What one side of a split model holds: written by `edgewise model split`, read by whoever loads it. */
export const partManifestSchema = z.strictObject({
  format: z.literal(1),
  /** What the whole model is. */
  model: z.strictObject({
    id: z.string().min(1).max(300),
    architecture: z.string().max(100),
    layers: size,
    hiddenSize: size,
    kvHeads: size,
    headDim: size,
    vocabulary: size,
    contextTokens: size,
    eosTokenIds: z.array(z.int().min(0)).max(100),
  }),
  parts: z
    .array(
      z.strictObject({
        layers: layerRange,
        /** Graph of the layers; absent when there are none. */
        graph: fileName.optional(),
        /** Graph of final norm and LM head; absent when the part gives hidden states. */
        head: fileName.optional(),
      }),
    )
    .min(1)
    .max(10),
  /** Every file of the folder but the manifest. Weights are named by their SHA-256, so a graph pins them. */
  files: z
    .array(z.strictObject({ path: fileName, bytes: z.int().min(0).max(largestFileBytes), sha256 }))
    .max(mostFiles),
})

export type PartManifest = z.infer<typeof partManifestSchema>

/** Name of the file beside the two sides that says how they came about. It stays where it was written. */
export const splitRecordName = 'edgewise-split.json'

/** How a model was split. */
export const splitRecordSchema = z.strictObject({
  format: z.literal(1),
  /** Layers at the edge. */
  at: size,
  /** `two-way`: the cloud has the LM head. `u-shape`: the edge has it, and the cloud gives hidden states. */
  shape: z.enum(['two-way', 'u-shape']),
  /** Folder of the whole model on this machine. */
  whole: z.string().max(4096),
  /** The quantisation that was split. */
  variant: z.string().max(100),
})

export type SplitRecord = z.infer<typeof splitRecordSchema>

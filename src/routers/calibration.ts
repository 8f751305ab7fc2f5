import { z } from 'zod'
import { EdgewiseError } from '../spec/errors.ts'
import { thresholdEffectSchema } from './choose-threshold.ts'
import { beginningOf, type Draft } from './draft.ts'
import { createRouter, fittedRouterSchema } from './router.ts'

/** Which weights a calibration speaks of: confidence of another quantisation of the same model is another thing. */
export const calibratedModelSchema = z.strictObject({
  id: z.string(),
  variant: z.string(),
  /** SHA-256 over the model's files. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
})
export type CalibratedModel = z.infer<typeof calibratedModelSchema>

/** The file that `edgewise calibrate` writes and an edge reads. */
export const calibrationSchema = z.strictObject({
  format: z.literal('edgewise-calibration'),
  version: z.literal(1),
  madeAt: z.iso.datetime(),
  /** Absent when it was fitted to recorded answers alone; an edge then takes it for any model. */
  model: calibratedModelSchema.optional(),
  /** The model that its answers were held against. */
  cloudModel: z.string(),
  /** A draft is judged by this many of its tokens, whether somebody watches or not. */
  decideAfterTokens: z.int().min(1).max(4096),
  threshold: z.number().min(0).max(1),
  router: fittedRouterSchema,
  /** What the threshold did in cross-validation. */
  evidence: thresholdEffectSchema,
})
export type Calibration = z.infer<typeof calibrationSchema>

/** Reads a calibration from the text of its file. Throws `config-invalid`. */
export function parseCalibration(text: string, file: string): Calibration {
  try {
    return calibrationSchema.parse(JSON.parse(text))
  } catch (error) {
    const [issue] = error instanceof z.ZodError ? error.issues : []
    const because = issue === undefined ? 'it is no JSON' : `${issue.path.join('.') || 'the file'}: ${issue.message}`
    throw new EdgewiseError(
      'config-invalid',
      `${file} is no calibration that this version reads (${because}). \`edgewise calibrate\` writes a new one.`,
    )
  }
}

/** Throws `config-invalid` when a calibration was made for other weights than these. */
export function checkCalibratedFor({ model }: Calibration, actual: CalibratedModel): void {
  if (model === undefined || model.digest === actual.digest) return
  throw new EdgewiseError(
    'config-invalid',
    `The cascade was calibrated for ${model.id} (${model.variant}), files ${model.digest.slice(0, 12)}, but the local model is ${actual.id} (${actual.variant}), files ${actual.digest.slice(0, 12)}. Run \`edgewise calibrate\` with this model, or take policy.cascade.calibration away.`,
  )
}

/** Judges drafts for a cascade. */
export interface DraftJudge {
  readonly threshold: number
  readonly decideAfterTokens: number
  /** Alternatives per token that it needs beside the token's own log-probability. */
  readonly topLogprobs: number
  /** 0..1; under the threshold a draft is passed on. */
  confidence(draft: Draft): number
}

/** The judge that a calibration describes. */
export function createDraftJudge({ router, threshold, decideAfterTokens }: Calibration): DraftJudge {
  const { confidence } = createRouter(router)
  return {
    threshold,
    decideAfterTokens,
    // One may be the token itself.
    topLogprobs: router.plan.readsLogprobs ? 2 : 0,
    confidence: (draft) => confidence(beginningOf(draft, decideAfterTokens)),
  }
}

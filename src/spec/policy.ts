import { z } from 'zod'
import { privacySchema } from './privacy-policy.ts'

/** Where inference may happen, as the user wishes it. */
export const inferenceModes = ['only-edge', 'prefer-edge', 'prefer-cloud', 'only-cloud'] as const
export type InferenceMode = (typeof inferenceModes)[number]

const aliases: Readonly<Record<string, InferenceMode>> = {
  only_on_device: 'only-edge',
  prefer_on_device: 'prefer-edge',
  prefer_in_cloud: 'prefer-cloud',
  only_in_cloud: 'only-cloud',
}

/** An inference mode, or one of Firebase AI Logic's four names for it, which mean the same. */
export const inferenceMode = z
  .string()
  .transform((word) => aliases[word] ?? word)
  .pipe(z.enum(inferenceModes))

/** What a placement lets out of the building, from nothing to everything. Activations and drafts count as plain text. */
export const disclosures = ['nothing', 'pseudonymised', 'activations', 'plain'] as const
export type Disclosure = (typeof disclosures)[number]

/** True when `disclosed` lets out no more than `allowed`. */
export function isWithin(disclosed: Disclosure, allowed: Disclosure): boolean {
  return disclosures.indexOf(disclosed) <= disclosures.indexOf(allowed)
}

/** What the owner of an edge decides about every request. */
export const policySchema = z.strictObject({
  mode: inferenceMode.default('prefer-edge').describe('only-edge, prefer-edge, prefer-cloud or only-cloud'),
  privacy: privacySchema.prefault({}),
  cascade: z
    .strictObject({
      threshold: z
        .number()
        .min(0)
        .max(1)
        .optional()
        .describe('confidence (mean token probability, 0..1) under which a local answer is passed on to the cloud'),
      decideAfterTokens: z
        .int()
        .min(1)
        .max(4096)
        .default(24)
        .describe('a streamed answer is held back for this many tokens before the cascade decides'),
      calibration: z
        .string()
        .min(1)
        .optional()
        .describe(
          'file of `edgewise calibrate`: its confidence and threshold take the place of the two above; a threshold above wins',
        )
        .meta({ examples: ['./node_modules/edgewise/models/edgewise-edge/calibration.json'] }),
    })
    .prefault({}),
  onCloudLoss: z
    .enum(['continue', 'error'])
    .default('continue')
    .describe('cloud lost in the middle of an answer: the local model goes on, or the stream ends in an error event'),
})

export type Policy = z.infer<typeof policySchema>

import { z } from 'zod'
import { customRecognizers } from '../privacy/recognizers/custom/custom-recognizers.ts'
import { policySchema } from '../spec/policy.ts'
import { privacySchema } from '../spec/privacy-policy.ts'

/** The policy as the settings of an edge give it: with recognizers of its own. */
export const edgePolicySchema = policySchema.extend({
  privacy: privacySchema
    .extend({
      recognizers: customRecognizers.default([]),
      nameModel: z
        .union([z.boolean(), z.string().min(1)])
        .default(true)
        .describe(
          'what finds names that nothing announces, where protect or observe looks: true for the bundled model, the folder of another, or false for recognizers alone',
        ),
    })
    .prefault({}),
})

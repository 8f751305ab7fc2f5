import { customRecognizers } from '../privacy/recognizers/custom/custom-recognizers.ts'
import { policySchema } from '../spec/policy.ts'
import { privacySchema } from '../spec/privacy-policy.ts'

/** The policy as the settings of an edge give it: with recognizers of its own. */
export const edgePolicySchema = policySchema.extend({
  privacy: privacySchema.extend({ recognizers: customRecognizers.default([]) }).prefault({}),
})

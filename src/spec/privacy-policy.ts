import { z } from 'zod'

/**
 * What becomes of a kind of data, from the strictest. keep: the conversation stays at the edge. redact: a label takes its place for good. pseudonymise: a
 * token takes its place and is put back in the answer. generalise: less of it is told (a year, an age band). allow: it leaves as it is.
 */
export const privacyActions = ['keep', 'redact', 'pseudonymise', 'generalise', 'allow'] as const
export type PrivacyAction = (typeof privacyActions)[number]

/** What a policy does with each kind of data that the recognizers know, unless it says otherwise. */
export const usualActions = {
  PERSON: 'pseudonymise',
  ORGANIZATION: 'pseudonymise',
  LOCATION: 'pseudonymise',
  ADDRESS: 'pseudonymise',
  EMAIL_ADDRESS: 'pseudonymise',
  PHONE_NUMBER: 'pseudonymise',
  URL: 'pseudonymise',
  IP_ADDRESS: 'pseudonymise',
  MAC_ADDRESS: 'pseudonymise',
  CREDIT_CARD: 'keep',
  IBAN_CODE: 'pseudonymise',
  NATIONAL_ID: 'keep',
  MEDICAL_RECORD: 'pseudonymise',
  ACCESSION_NUMBER: 'pseudonymise',
  HEALTH_PLAN: 'pseudonymise',
  LICENSE: 'pseudonymise',
  VEHICLE: 'pseudonymise',
  DEVICE_ID: 'pseudonymise',
  DATE: 'generalise',
  AGE: 'generalise',
  SECRET: 'keep',
  ASSET_ID: 'pseudonymise',
  CUSTOM: 'pseudonymise',
} as const satisfies Readonly<Record<string, PrivacyAction>>

const classNames = Object.keys(usualActions) as (keyof typeof usualActions)[]
const action = z.enum(privacyActions)

/** The section `policy.privacy`. */
export const privacySchema = z.strictObject({
  personalData: z
    .enum(['keep', 'protect', 'allow'])
    .default('keep')
    .describe(
      'keep: nothing leaves this edge. protect: requests may go to the hub after the guard, see classes. allow: they may go as they are',
    ),
  mode: z
    .enum(['enforce', 'observe'])
    .default('enforce')
    .describe(
      'observe: findings are counted in each decision and nothing is done about them; with protect, text then leaves as it is',
    ),
  classes: z
    .partialRecord(z.enum(classNames), action)
    .default({})
    .describe(
      'what protect does with a kind of data, such as PERSON: redact; keep, redact, pseudonymise, generalise or allow. What is not named here keeps its usual action',
    ),
  defaultAction: action
    .optional()
    .describe('action for every kind of data that classes does not name; absent: each has its usual one'),
  minScore: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('findings of which the recognizers are less sure do not count'),
  attachments: z
    .enum(['refuse', 'allow'])
    .default('refuse')
    .describe('refuse: a request with an image that cannot be read stays at the edge. allow: images leave as they are'),
  detectorDeadlineMs: z
    .int()
    .min(1)
    .max(60_000)
    .default(2000)
    .describe('a request whose text takes longer to look through counts as sensitive and stays at the edge'),
  rememberHours: z
    .int()
    .min(1)
    .max(8760)
    .default(24)
    .describe(
      'so long after its last request a conversation keeps its pseudonyms, and one that was kept at the edge stays there',
    ),
})

export type PrivacyPolicy = z.infer<typeof privacySchema>

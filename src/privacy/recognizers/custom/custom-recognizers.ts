import { z } from 'zod'
import { entities } from '../recognizer.ts'
import { patternFault } from './pattern-fault.ts'

const common = {
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/, 'a name is lower case letters, digits and dashes, at most 40')
    .describe('name of the recognizer in reports and decisions'),
  entity: z.enum(entities).default('CUSTOM').describe('class of what it finds'),
  score: z.number().min(0.4).max(1).default(0.9).describe('how sure a finding is, 0.4..1; the higher wins an overlap'),
}

const pattern = z.strictObject({
  kind: z.literal('pattern'),
  ...common,
  pattern: z
    .string()
    .min(1)
    .max(500)
    .superRefine((value, context) => {
      const fault = patternFault(value)
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
    })
    .describe(
      'RE2 syntax: no look-around, no back-references, so that it takes linear time. A first group, where there is one, is the finding',
    ),
  ignoreCase: z.boolean().default(false).describe('true: capitals do not matter'),
})

const dictionary = z.strictObject({
  kind: z.literal('dictionary'),
  ...common,
  words: z
    .array(z.string().trim().min(2).max(200))
    .min(1)
    .max(10_000)
    .describe('words or phrases; found where no letter or digit touches them'),
  ignoreCase: z.boolean().default(true).describe('true: capitals do not matter'),
})

const jsonField = z.strictObject({
  kind: z.literal('json-field'),
  ...common,
  fields: z
    .array(z.string().min(1).max(100))
    .min(1)
    .max(200)
    .describe('names of JSON fields, at any depth, whose values are found'),
})

/** The policy's own recognizers: at most 64, each bounded in size, patterns in linear time. */
export const customRecognizers = z
  .array(z.discriminatedUnion('kind', [pattern, dictionary, jsonField]))
  .max(64)
  .describe('own recognizers: patterns, dictionaries, JSON fields')

export type CustomRecognizer = z.infer<typeof customRecognizers>[number]

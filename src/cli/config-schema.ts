import { z } from 'zod'
import { edgeConfigSchema } from '../edge/config.ts'
import { hubConfigSchema } from '../hub/config.ts'
import { inferenceMode, inferenceModes } from '../spec/policy.ts'

/** The whole of edgewise.yaml. */
export const configSchema = z.strictObject({
  edge: edgeConfigSchema.prefault({}).describe('The program beside the application: `edgewise edge`.'),
  hub: hubConfigSchema.prefault({}).describe('The program in the cloud: `edgewise hub`.'),
})

export type Config = z.infer<typeof configSchema>

/** What is read of a JSON Schema here: enough to list keys, defaults and descriptions. */
export interface JsonSchema {
  readonly description?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly enum?: readonly unknown[]
  readonly examples?: readonly unknown[]
}

/** JSON Schema of edgewise.yaml, for editors and for `edgewise init`. */
export function configJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === inferenceMode) jsonSchema.examples = [...inferenceModes]
      // zod leaves out the default of a schema that transforms; this one's default is a word that it takes.
      if (zodSchema instanceof z.ZodDefault) jsonSchema.default ??= zodSchema.def.defaultValue
      // The limits of a JavaScript integer say nothing about a setting.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
    },
  })
  return { title: 'Settings of Edgewise (edgewise.yaml)', ...schema } as JsonSchema
}

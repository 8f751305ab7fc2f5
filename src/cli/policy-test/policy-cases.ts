import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { z } from 'zod'
import { EdgewiseError } from '../../spec/errors.ts'
import { privacyActions } from '../../spec/privacy-policy.ts'

const message = z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })

const policyCase = z.strictObject({
  name: z.string().optional(),
  /** One user message, or the messages of one conversation so far. */
  input: z.union([z.string(), z.array(message).min(1)]),
  /** The strictest thing that is done with it. */
  action: z.enum(privacyActions).optional(),
  /** What leaves, to the byte: the text of the one message, or of each; null: nothing leaves. */
  leaves: z.union([z.string(), z.array(z.string()), z.null()]).optional(),
})
export type PolicyCase = z.infer<typeof policyCase>

const policyCases = z.array(policyCase).min(1)

/** The cases of a YAML file. Throws `config-invalid` that names the file and what is wrong in it, never its texts. */
export async function readPolicyCases(path: string): Promise<readonly PolicyCase[]> {
  try {
    // Without pretty errors, which quote the file.
    const given: unknown = parse(await readFile(path, 'utf8'), { prettyErrors: false, logLevel: 'error' })
    const isList = Array.isArray(given) || typeof given !== 'object' || given === null
    return policyCases.parse(isList ? given : Reflect.get(given, 'cases'))
  } catch (cause) {
    const because =
      cause instanceof z.ZodError ? issuesOf(cause) : cause instanceof Error ? cause.message : String(cause)
    const form =
      'A case has an input and an action (keep, redact, pseudonymise, generalise, allow), what leaves, or both'
    throw new EdgewiseError('config-invalid', `${path} holds no cases that can be tested: ${because}. ${form}.`, {
      cause,
    })
  }
}

function issuesOf({ issues }: z.ZodError): string {
  const told = issues.slice(0, 5).map(({ path, message: text }) => `${path.join('.') || 'the list'}: ${text}`)
  return told.join('; ')
}

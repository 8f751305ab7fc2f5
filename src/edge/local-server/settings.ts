import { z } from 'zod'
import { capabilities } from '../../spec/request.ts'
import { isLoopbackHost, safeUrl } from '../../spec/safe-url.ts'

/** Programs that serve models on the owner's machine, by the dialect that they speak beside OpenAI's. */
export const serverKinds = ['ollama', 'llama-server', 'lm-studio', 'openai'] as const
export type ServerKind = (typeof serverKinds)[number]

/** A model server that stands in for the local engine: `edge.model` in its longer form. */
export const localServerSchema = z
  .strictObject({
    url: safeUrl.describe('base URL of its API, such as http://127.0.0.1:11434/v1'),
    model: z.string().min(1).max(200).describe('the name of the model there, as its /v1/models lists it'),
    kind: z.enum(serverKinds).optional().describe('what the server is; absent: it is asked'),
    capabilities: z
      .array(z.enum(capabilities))
      .optional()
      .describe(`what the model can do beyond text (${capabilities.join(', ')}); absent: what the server tells of it`),
    contextTokens: z.int().min(1).optional().describe('prompt and answer together; absent: what the server tells'),
    onPremises: z
      .boolean()
      .default(false)
      .describe('true: that address is inside the building and trusted with everything that this edge is asked'),
  })
  .refine(({ url, onPremises }) => onPremises || isLoopbackHost(URL.parse(url)?.hostname ?? ''), {
    path: ['url'],
    error:
      'a local server reads every request as it is, so it has to run on this machine (127.0.0.1, [::1] or localhost); ' +
      'set onPremises: true if that address is inside your building, or put the server behind a hub',
  })

export type LocalServerSettings = z.infer<typeof localServerSchema>

/** What `edgewise eval` and `calibrate` call the local model that the settings name. */
export function modelReference(model: string | LocalServerSettings): string {
  return typeof model === 'string' ? model : `${model.url}#${encodeURIComponent(model.model)}`
}

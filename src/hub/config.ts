import { z } from 'zod'
import { hubLedgerName, ledgerSettingsSchema } from '../privacy/ledger/ledger-settings.ts'
import { capabilities } from '../spec/request.ts'
import { safeUrl } from '../spec/safe-url.ts'

const perMillion = z.number().min(0).max(1_000_000)
const priceSchema = z.strictObject({
  input: perMillion.describe('per million prompt tokens, in hub.currency'),
  output: perMillion.describe('per million tokens of answers'),
  cachedInput: perMillion.optional().describe('per million prompt tokens that its cache had; absent: as input'),
})

const upstreamModelSchema = z.strictObject({
  id: z.string().min(1).max(200).describe('name by which edges ask for the model'),
  upstreamModel: z.string().min(1).optional().describe("the upstream's own name of it; absent: the same"),
  capabilities: z
    .array(z.enum(capabilities))
    .default([])
    .describe(`what the upstream can do beyond text: ${capabilities.join(', ')}`),
  contextTokens: z.int().min(1).optional().describe('prompt and answer together; absent: the upstream checks'),
  price: priceSchema.optional().describe('what its tokens cost; absent: nothing, and no limit of money holds it back'),
})

const upstreamSchema = z
  .strictObject({
    name: z.string().min(1).max(100).describe('name for logs and metrics; each upstream has its own'),
    url: safeUrl.describe('base URL of its API, such as http://127.0.0.1:8000/v1'),
    apiKey: z.string().min(1).optional().describe('sent as Bearer; better give apiKeyEnv'),
    apiKeyEnv: z.string().min(1).optional().describe('name of the environment variable that holds its API key'),
    models: z.array(upstreamModelSchema).min(1).describe('models to offer from it'),
    firstTokenMs: z.int().min(100).default(60_000).describe('longest wait for the first token'),
    interTokenMs: z.int().min(100).default(20_000).describe('longest silence in an answer'),
  })
  .refine(({ apiKey, apiKeyEnv }) => apiKey === undefined || apiKeyEnv === undefined, {
    error: 'give apiKey or apiKeyEnv, not both',
    path: ['apiKeyEnv'],
  })

const money = z.number().min(0).max(1_000_000_000)
const perEdgeShape = {
  concurrency: z.int().min(1).optional().describe('requests at the same time; absent: half of limits.concurrency'),
  requestsPerMinute: z.int().min(1).optional().describe('requests in a minute; absent: no limit'),
  tokensPerMinute: z.int().min(1).optional().describe('tokens of prompts and answers in a minute; absent: no limit'),
  moneyPerDay: money.optional().describe('in hub.currency, by the day in UTC; absent: no limit'),
  moneyPerMonth: money.optional().describe('in hub.currency, by the month in UTC; absent: no limit'),
}
const perEdgeSchema = z.strictObject(perEdgeShape)
const oneEdgeSchema = z.strictObject({
  edge: z
    .string()
    .regex(/^([0-9a-f]{6,64}|api-key)$/)
    .describe("first digits of the edge's id (6 at least), or api-key for whoever calls with the hub's API key"),
  ...perEdgeShape,
})

const limitsSchema = z.strictObject({
  bodyBytes: z.int().min(1024).default(8_388_608).describe('largest request body'),
  concurrency: z.int().min(1).default(256).describe('requests that run at the same time; more get 429'),
  requestMs: z.int().min(1000).default(600_000).describe('longest time for one request'),
  outputTokens: z
    .int()
    .min(1)
    .default(4096)
    .describe(
      'tokens that money is set aside for when a request sets no max_tokens; under a limit of money it is the max_tokens',
    ),
  perEdge: perEdgeSchema.prefault({}).describe('what each edge may take; more gets 429'),
  edges: z.array(oneEdgeSchema).default([]).describe('limits of single edges, in place of those of perEdge'),
})

const poolSchema = z.strictObject({
  attempts: z
    .int()
    .min(1)
    .max(10)
    .default(3)
    .describe('members that one request may be tried on, before its first byte'),
  retryShare: z.number().min(0).max(1).default(0.2).describe('retries per request, beside ten in ten seconds'),
  ejectedShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe(
      'share of the members of one model that may be taken out because they are slower or fail more than the others',
    ),
})

/** Settings of one hub, as the `hub:` section of edgewise.yaml gives them. */
export const hubConfigSchema = z.strictObject({
  name: z.string().min(1).max(100).default('hub').describe('name that edges show for it'),
  host: z.string().default('127.0.0.1').describe('address to listen on; 0.0.0.0 for other machines to reach it'),
  port: z.int().min(0).max(65535).default(4600).describe('port of the hub; 0 takes a free one'),
  publicUrl: z
    .url({ protocol: /^https$/ })
    .optional()
    .describe('address that edges dial, for join tokens; absent: https://HOST:PORT'),
  models: z
    .array(z.string())
    .default([])
    .describe(
      'folders of models to run here, or hf:ORG/NAME@REVISION:VARIANT of pulled ones; with no upstreams either, the bundled cloud model',
    ),
  threads: z.int().min(1).max(256).optional().describe('threads of each local engine; absent: one per core, less one'),
  kvBudgetMiB: z.int().min(1).default(1024).describe('memory for the KV cache of all running requests of one engine'),
  upstreams: z
    .array(upstreamSchema)
    .default([])
    .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, 'two upstreams have the same name')
    .describe('OpenAI-compatible servers that answer; several may offer the same model'),
  pool: poolSchema.prefault({}),
  currency: z
    .string()
    .regex(/^[A-Z]{3,8}$/)
    .default('USD')
    .describe('currency of all prices and limits of money'),
  limits: limitsSchema.prefault({}),
  keptAnswers: z
    .strictObject({
      hours: z.number().min(0.1).max(8760).default(168).describe('how long an answer waits for an edge that is away'),
      mebibytes: z.int().min(1).default(64).describe('of answers for each edge; beyond it the oldest give way'),
    })
    .prefault({})
    .describe('answers to background requests, kept until their edge has them'),
  ledger: ledgerSettingsSchema(hubLedgerName)
    .prefault({})
    .describe('the record of what this hub has sent to its upstreams'),
  deliveries: z
    .strictObject({
      perSecond: z
        .number()
        .min(1)
        .default(100)
        .describe(
          'batches of queued telemetry that are taken in a second, of all edges together, a quarter of it of one; more get 429',
        ),
      concurrency: z.int().min(1).default(16).describe('batches taken in at the same time, one of each edge'),
      keepDays: z.int().min(1).default(90).describe('what edges have delivered is kept so long'),
    })
    .prefault({}),
})

export type HubConfig = z.infer<typeof hubConfigSchema>
export type UpstreamConfig = HubConfig['upstreams'][number]

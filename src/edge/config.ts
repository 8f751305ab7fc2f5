import { z } from 'zod'
import { edgeLedgerName, ledgerSettingsSchema } from '../privacy/ledger/ledger-settings.ts'
import { safeUrl } from '../spec/safe-url.ts'
import { edgePolicySchema } from './edge-policy.ts'
import { localServerSchema } from './local-server/settings.ts'

const hubSchema = z.strictObject({
  url: safeUrl.describe('address of the hub, such as https://hub.example:4600'),
  fingerprint: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'a fingerprint is 64 hexadecimal digits')
    .optional()
    .describe('SHA-256 of the hub certificate; written by `edgewise edge --join`'),
  model: z.string().optional().describe('model to ask the hub for; absent: the first one it offers'),
})

/** Settings of one edge, as the `edge:` section of edgewise.yaml gives them. */
export const edgeConfigSchema = z.strictObject({
  host: z.string().default('127.0.0.1').describe('address to listen on'),
  port: z.int().min(0).max(65535).default(4610).describe('port of the OpenAI endpoint; 0 takes a free one'),
  model: z
    .union([z.string(), localServerSchema])
    .optional()
    .describe(
      'folder of the local model, a .gguf file, hf:ORG/NAME@REVISION:VARIANT of a pulled one, or { url, model } of a server such as Ollama on this machine; absent: the bundled edge model',
    ),
  variant: z.string().optional().describe('which quantisation of the model, as `edgewise model show` lists them'),
  threads: z.int().min(1).max(256).optional().describe('threads of the local engine; absent: one per core, less one'),
  kvBudgetMiB: z.int().min(1).default(512).describe('memory for the KV cache of all running requests together'),
  hub: hubSchema.optional().describe('absent: this edge works alone'),
  policy: edgePolicySchema.prefault({}).describe('what may happen where'),
  aliases: z
    .record(z.string(), z.string())
    .default({ '*': 'auto' })
    .describe('model names that applications send -> a model id or auto; * stands for any unknown name'),
  allowedHosts: z
    .array(z.string())
    .default([])
    .describe('further Host headers to accept beside localhost, 127.0.0.1 and [::1]'),
  allowedOrigins: z.array(z.string()).default([]).describe('further browser origins that may call this edge'),
  embeddings: z
    .strictObject({
      model: z.string().optional().describe('folder of a local embedding model; absent: vectors come from the hub'),
      hubModel: z
        .string()
        .optional()
        .describe('embedding model to ask the hub for; absent: the first that declares the capability embeddings'),
    })
    .prefault({}),
  responses: z
    .strictObject({
      keepDays: z
        .int()
        .min(0)
        .max(3650)
        .default(30)
        .describe(
          'responses of /v1/responses, text included, are forgotten so long after they were last used; 0 keeps none',
        ),
      keepMiB: z
        .int()
        .min(1)
        .default(256)
        .describe('space for them in edge.db; the longest unused are forgotten first'),
    })
    .prefault({}),
  outbox: z
    .strictObject({
      rows: z
        .int()
        .min(1)
        .default(2_000_000)
        .describe(
          'entries that may wait to be sent; of telemetry only 80 % of them. More are refused, none is dropped',
        ),
      mib: z.int().min(1).default(1024).describe('space for them in edge.db, likewise'),
    })
    .prefault({})
    .describe('what waits to be sent or done later'),
  telemetry: z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe(
          'hand a summary of each decision to the hub: places, reasons, tokens and times, no content and no names',
        ),
    })
    .prefault({}),
  ledger: ledgerSettingsSchema(edgeLedgerName).prefault({}).describe('the record of what left this edge'),
  limits: z
    .strictObject({
      bodyBytes: z.int().min(1024).default(8_388_608).describe('largest request body'),
      totalBodyBytes: z
        .int()
        .min(1024)
        .default(67_108_864)
        .describe('bodies of all running requests together; one that would be too many gets 429 before it is read'),
      concurrency: z
        .int()
        .min(1)
        .default(64)
        .describe(
          'requests that run at the same time; more get 429. Urgent ones may have an eighth more, background ones half',
        ),
      localWorkMs: z
        .int()
        .min(100)
        .default(120_000)
        .describe(
          'how long the work given to the local model may take, by its measured pace; more goes to the cloud if it may, else it gets 429',
        ),
      requestMs: z.int().min(1000).default(600_000).describe('longest time for one request'),
      firstTokenMs: z.int().min(100).default(30_000).describe('longest wait for the first token of the cloud'),
      interTokenMs: z.int().min(100).default(10_000).describe('longest silence in an answer of the cloud'),
      drainMs: z
        .int()
        .min(0)
        .default(10_000)
        .describe('after SIGTERM, running answers may take so long to finish; then they end in an error event'),
    })
    .prefault({}),
})

export type EdgeConfig = z.infer<typeof edgeConfigSchema>

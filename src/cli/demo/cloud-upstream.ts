import { z } from 'zod'
import type { UpstreamConfig } from '../../hub/config.ts'
import { createEgress } from '../../privacy/egress/egress.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import { systemClock } from '../../spec/system-clock.ts'
import { readJsonAnswer } from './read-json-answer.ts'

export interface CloudUpstreamOptions {
  /** Base URL of an OpenAI-compatible API, such as http://127.0.0.1:8000/v1. */
  readonly url: string
  /** Name of the variable that holds its API key. */
  readonly keyEnvironment?: string | undefined
  /** Absent: the first model that it lists. */
  readonly model?: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
}

const timeoutMs = 8000
const modelsSchema = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })).min(1) })

/** The settings of an upstream for `--cloud`. Asks it for its models when none is named; throws when it has no answer to that. */
export async function cloudUpstream({
  url,
  keyEnvironment,
  model,
  environment,
}: CloudUpstreamOptions): Promise<UpstreamConfig> {
  const key = keyEnvironment === undefined ? undefined : environment[keyEnvironment]
  const id = model ?? (await firstModel(url, key))
  return {
    name: 'cloud',
    url,
    ...(keyEnvironment === undefined ? {} : { apiKeyEnv: keyEnvironment }),
    // Nobody knows what lies behind that address: it is passed everything, and says itself what it cannot do.
    models: [{ id, capabilities: ['tools', 'json', 'vision', 'logprobs'] }],
    firstTokenMs: 60_000,
    interTokenMs: 20_000,
  }
}

async function firstModel(url: string, key: string | undefined): Promise<string> {
  const address = new URL(`${url.replace(/\/+$/, '')}/models`)
  await using egress = createEgress({
    destinations: [{ origin: address.origin }],
    record: () => {},
    clock: systemClock,
  })
  const answer = await egress.open({
    url: address,
    method: 'GET',
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    purpose: 'models',
    headersTimeoutMs: timeoutMs,
    bodyTimeoutMs: timeoutMs,
    signal: AbortSignal.timeout(timeoutMs),
  })
  const listed = modelsSchema.safeParse(await readJsonAnswer(answer))
  const [first] = listed.success && answer.status === 200 ? listed.data.data : []
  if (first !== undefined) return first.id
  const message = `${address.href} answered ${answer.status} and no list of models. Name one with --cloud-model ID, and its key with --cloud-key-env NAME.`
  throw new EdgewiseError('config-invalid', message)
}

import { createUpstreamGenerator } from '../engines/upstream/upstream-generator.ts'
import { EdgewiseError } from '../spec/errors.ts'
import type { Clock, OpenConnection } from '../spec/ports.ts'
import type { UpstreamConfig } from './config.ts'
import { priceOf } from './money/price.ts'
import type { PoolMember } from './pool.ts'

export interface UpstreamMembersOptions {
  readonly upstreams: readonly UpstreamConfig[]
  /** Where the API keys are that the settings only name. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly open: OpenConnection
  readonly clock: Clock
}

const checkTimeoutMs = 4_000

/** One member of the pool for each model of each upstream. Throws `config-invalid` when an API key is missing. */
export function upstreamMembers(options: UpstreamMembersOptions): readonly PoolMember[] {
  const { upstreams, environment, open, clock } = options
  return upstreams.flatMap((upstream) => {
    const { name, url, models, firstTokenMs, interTokenMs } = upstream
    const apiKey = apiKeyOf(upstream, environment)
    const check = once(createCheck({ upstream, apiKey, open }))
    return models.map(({ id, upstreamModel, capabilities, contextTokens, price }) => ({
      name: `${name}/${id}`,
      check,
      restsWhenAsked: true,
      ...(price === undefined ? {} : { price: priceOf(price) }),
      generator: createUpstreamGenerator({
        model: id,
        baseUrl: url,
        capabilities,
        ...(upstreamModel === undefined ? {} : { upstreamModel }),
        ...(contextTokens === undefined ? {} : { contextTokens }),
        ...(apiKey === undefined ? {} : { apiKey }),
        open,
        clock,
        firstTokenTimeoutMs: firstTokenMs,
        interTokenTimeoutMs: interTokenMs,
      }),
    }))
  })
}

function apiKeyOf(
  { name, apiKey, apiKeyEnv }: UpstreamConfig,
  environment: UpstreamMembersOptions['environment'],
): string | undefined {
  if (apiKeyEnv === undefined) return apiKey
  const found = environment[apiKeyEnv]
  if (found !== undefined && found !== '') return found
  const message = `The API key of upstream ${name} should be in the environment variable ${apiKeyEnv}, which is not set.`
  throw new EdgewiseError('config-invalid', message)
}

interface CheckOptions {
  readonly upstream: UpstreamConfig
  readonly apiKey: string | undefined
  readonly open: OpenConnection
}

/** Asks an upstream for its models, which costs it nothing. A server that has no such list is well all the same. */
function createCheck({ upstream, apiKey, open }: CheckOptions): (signal: AbortSignal) => Promise<void> {
  const url = new URL(`${upstream.url.replace(/\/+$/, '')}/models`)
  return async (signal) => {
    const { status, body } = await open({
      url,
      method: 'GET',
      headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
      purpose: 'models',
      headersTimeoutMs: checkTimeoutMs,
      bodyTimeoutMs: checkTimeoutMs,
      signal,
    })
    // Read to its end, the connection can serve again.
    for await (const _piece of body);
    if (status >= 500)
      throw new EdgewiseError('upstream-failed', `${url.origin} answered ${status} when asked for its models`)
    if (status === 401 || status === 403) {
      throw new EdgewiseError('upstream-rejected', `${url.origin} refuses the API key (HTTP ${status})`)
    }
  }
}

/** Of calls at the same time, the first does the work for all. */
function once(check: (signal: AbortSignal) => Promise<void>): (signal: AbortSignal) => Promise<void> {
  let running: Promise<void> | undefined
  return (signal) => {
    running ??= check(signal).finally(() => {
      running = undefined
    })
    return running
  }
}

import { parseJsonBody } from '../../openai/json-body.ts'
import { upstreamError } from '../../openai/upstream-error.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import type { Inbound } from '../../spec/ports.ts'
import { readText } from './read-text.ts'
import { retryAfterSeconds } from './retry-after.ts'
import type { Upstream } from './upstream-generator.ts'

const maxErrorBytes = 65_536

/** What a response means that is no answer. Reads its body. */
export async function refusal(upstream: Upstream, inbound: Inbound): Promise<EdgewiseError> {
  const { name, upstreamModel: model, apiKey: secret, clock } = upstream
  const { status, headers } = inbound
  const text = await readText(inbound, maxErrorBytes).catch(() => '')
  if (status < 400) {
    return new EdgewiseError(
      'upstream-failed',
      `${name} answered with a redirect (HTTP ${status}); configure its final address`,
    )
  }
  const seconds = retryAfterSeconds(headers, clock.now())
  return upstreamError({
    status,
    body: parseLoosely(text),
    upstream: name,
    model,
    ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
    ...(secret === undefined ? {} : { secret }),
  })
}

/** What a response means whose content is neither a stream of events nor JSON: a login page, say. */
export function foreignContent({ name }: Upstream, contentType: string): EdgewiseError {
  const message = `${name} answered with ${kindOf(contentType)} instead of a chat completion; check the base URL`
  return new EdgewiseError('upstream-failed', message)
}

function parseLoosely(text: string): unknown {
  try {
    return parseJsonBody({ text })
  } catch {
    return text
  }
}

function kindOf(contentType: string): string {
  const [kind = ''] = contentType.split(';')
  return /^[\w.+/-]{1,64}$/.test(kind) ? kind : 'an unknown kind of content'
}

import { encodeUpstreamChat } from '../../openai/chat-upstream.ts'
import { encodeUpstreamCompletion } from '../../openai/completions-upstream.ts'
import { encodeUpstreamEmbeddings } from '../../openai/embeddings-upstream.ts'
import { detachedHeader } from '../../spec/detached.ts'
import { EdgewiseError } from '../../spec/errors.ts'
import { OutboundBody, type SanitisedRequest } from '../../spec/outbound.ts'
import type { Outbound } from '../../spec/ports.ts'
import { requiredCapabilities } from '../../spec/request.ts'
import type { Upstream } from './upstream-generator.ts'

/** The message that asks an upstream server. Throws `unsupported-field` for what needs an address of its own that the server does not declare. */
export function upstreamMessage(upstream: Upstream, request: SanitisedRequest, signal: AbortSignal): Outbound {
  requireDeclared(upstream, request)
  const { upstreamModel: model, firstTokenTimeoutMs, interTokenTimeoutMs } = upstream
  const continuation = upstream.capabilities.has('continuation')
  return {
    url: urlFor(upstream, request),
    method: 'POST',
    headers: headersFor(upstream, request),
    body: OutboundBody.fromRequest(request, (view) => {
      if (view.embedding !== undefined) return encodeUpstreamEmbeddings(view, { model })
      if (view.rawPrompt === true) return encodeUpstreamCompletion(view, { model, stream: true })
      return encodeUpstreamChat(view, { model, stream: true, continuation })
    }),
    purpose: 'inference',
    requestId: request.id,
    headersTimeoutMs: firstTokenTimeoutMs,
    bodyTimeoutMs: Math.max(firstTokenTimeoutMs, interTokenTimeoutMs),
    signal,
  }
}

function headersFor(upstream: Upstream, request: SanitisedRequest): Record<string, string> {
  const { headers, apiKey, conversationHeader, deadlineHeader, keepsAnswers = false, clock } = upstream
  return {
    ...headers,
    accept: 'text/event-stream, application/json',
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    ...(conversationHeader === undefined || request.conversation === undefined
      ? {}
      : { [conversationHeader]: request.conversation }),
    ...(deadlineHeader === undefined || request.deadlineAt === undefined
      ? {}
      : { [deadlineHeader]: String(Math.max(1, Math.floor(request.deadlineAt - clock.monotonic()))) }),
    ...(keepsAnswers && request.isDetached === true ? { [detachedHeader]: 'true', 'idempotency-key': request.id } : {}),
  }
}

function urlFor({ url, completionsUrl, embeddingsUrl }: Upstream, request: SanitisedRequest): URL {
  if (request.embedding !== undefined) return embeddingsUrl
  return request.rawPrompt === true ? completionsUrl : url
}

/** These have their own addresses, which not every server knows. */
function requireDeclared({ name, model, capabilities }: Upstream, request: SanitisedRequest): void {
  for (const [capability, param] of requiredCapabilities(request)) {
    if ((capability !== 'completions' && capability !== 'embeddings') || capabilities.has(capability)) continue
    const message = `${model} at ${name} cannot do this: it does not declare the capability ${capability}`
    throw new EdgewiseError('unsupported-field', message, { param })
  }
}

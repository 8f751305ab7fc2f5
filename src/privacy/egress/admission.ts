import { OutboundBody } from '../../spec/outbound.ts'
import type { Outbound } from '../../spec/ports.ts'
import { isLoopbackHost } from '../../spec/safe-url.ts'

/** Why this message may not leave and what to do about it, for a person; undefined when it may. Deny by default. */
export function refusal(outbound: Outbound, allowedOrigins: ReadonlyMap<string, unknown>): string | undefined {
  const { url, headers, body } = outbound
  if (!allowedOrigins.has(url.origin)) {
    return `${url.origin} is not an allowed destination (${[...allowedOrigins.keys()].join(', ') || 'there is none'}): add it to the configuration, or join the hub that lives there`
  }
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    return `${url.origin} is plain http to another machine, which anyone between could read: use https, or a tunnel that ends at 127.0.0.1`
  }
  if (body !== undefined && !(body instanceof OutboundBody)) {
    return `the body for ${url.origin} is no OutboundBody: make it from a request that passed the guard, or from control data`
  }
  if (body?.onlyTo !== undefined && body.onlyTo !== url.origin) {
    return `the body was let through for ${body.onlyTo} alone, where it may be read as it is: ${url.origin} must not get it`
  }
  if (Object.keys(headers).some((name) => name.toLowerCase() === 'host')) {
    return `the message for ${url.origin} names another host in its headers: leave the host header to egress`
  }
  return body === undefined ? undefined : contentRefusal(body)
}

/** The last look at the bytes themselves. A look that fails lets nothing out. */
function contentRefusal({ bytes, inspect }: OutboundBody): string | undefined {
  if (inspect === undefined) return undefined
  try {
    const because = inspect(bytes)
    if (because === undefined) return undefined
    return `the final bytes of the request were looked through: ${because}, which policy.privacy does not let out. Write it as plain text, so that a pseudonym can take its place`
  } catch {
    return 'the final bytes of the request could not be looked through'
  }
}

import { hash, timingSafeEqual } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { EdgewiseError } from '../../spec/errors.ts'
import { hostInUrl } from '../../spec/host-in-url.ts'
import { requestHeader } from './node-request.ts'

/** SHA-256 of an API key: all that is kept of it. */
export function keyDigest(key: string): Buffer {
  return hash('sha256', key, 'buffer')
}

export interface AccessOptions {
  /** Digests of the keys that may call, by key id. */
  readonly keys: ReadonlyMap<string, Buffer>
  /** Names and addresses, without port, under which this edge may be addressed: a page that rebinds its DNS name here fails on this. */
  readonly hosts: ReadonlySet<string>
  /** Further browser origins beside the edge's own. */
  readonly origins: ReadonlySet<string>
}

export interface AccessVariables {
  readonly Variables: { keyId: string }
}

/** Refuses a Host or an Origin that is not on the list. Runs before anything else is looked at. */
export function hostAndOrigin({ hosts, origins }: AccessOptions): MiddlewareHandler {
  const names = new Set([...hosts].map((host) => hostInUrl(host).toLowerCase()))
  return async (context, next) => {
    const host = requestHeader(context, 'host') ?? ''
    if (!names.has(hostName(host))) {
      throw new EdgewiseError(
        'origin-forbidden',
        `Host ${quote(host)} is not allowed here. Add its name to edge.allowedHosts.`,
      )
    }
    const origin = requestHeader(context, 'origin')
    if (origin !== undefined && origin !== `http://${host}` && !origins.has(origin)) {
      throw new EdgewiseError(
        'origin-forbidden',
        `Origin ${quote(origin)} is not allowed here. Add it to edge.allowedOrigins.`,
      )
    }
    await next()
    if (origin !== undefined && origins.has(origin)) {
      context.res.headers.set('access-control-allow-origin', origin)
      context.res.headers.append('vary', 'Origin')
      context.res.headers.set('access-control-expose-headers', exposed)
    }
  }
}

/** Asks for `Authorization: Bearer KEY`, on loopback too. */
export function apiKey({ keys }: AccessOptions): MiddlewareHandler<AccessVariables> {
  return async (context, next) => {
    const [, key] = /^Bearer\s+(\S{1,512})$/i.exec(requestHeader(context, 'authorization') ?? '') ?? []
    const keyId = key === undefined ? undefined : findKey(keyDigest(key), keys)
    if (keyId === undefined) {
      const said = key === undefined ? 'No API key was sent.' : 'The API key is not known here.'
      const todo =
        'Send "Authorization: Bearer KEY"; `edgewise edge` prints where the key is kept, EDGEWISE_API_KEY sets it.'
      throw new EdgewiseError('unauthorized', `${said} ${todo}`)
    }
    context.set('keyId', keyId)
    return next()
  }
}

/** Compares with every key, so that the time taken tells nothing. */
function findKey(digest: Buffer, keys: ReadonlyMap<string, Buffer>): string | undefined {
  let found: string | undefined
  for (const [id, known] of keys) if (timingSafeEqual(digest, known)) found = id
  return found
}

/** What a page of another origin may read beside the body: where its answer came from, and when to come back. */
const exposed =
  'x-edgewise-placement, x-edgewise-reason, x-edgewise-request-id, x-edgewise-ignored-fields, x-edgewise-joined, retry-after, x-should-retry'

function hostName(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase()
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 100))
}

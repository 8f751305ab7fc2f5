import { createHash, timingSafeEqual } from 'node:crypto'
import type { HttpBindings } from '@hono/node-server'
import type { MiddlewareHandler } from 'hono'
import { EdgewiseError } from '../../spec/errors.ts'
import type { KnownEdges } from '../control-plane/known-edges.ts'
import { apiKeyCaller } from '../limits/caller-limits.ts'
import type { EdgeSockets } from './edge-sockets.ts'

export interface HubVariables {
  readonly Bindings: HttpBindings
  readonly Variables: {
    /** Who calls, for the log: an edge's id, or `api-key`. */
    readonly caller: string
  }
}

export interface AccessOptions {
  readonly sockets: EdgeSockets
  readonly known: KnownEdges
  readonly apiKey: string
}

/** Lets in a known edge by the key of its connection, and whoever sends the hub's API key. Everyone else gets 401. */
export function admitCallers({ sockets, known, apiKey }: AccessOptions): MiddlewareHandler<HubVariables> {
  const digest = digestOf(apiKey)
  return async (context, next) => {
    const peer = sockets.peerOf(context.env.incoming.socket)
    const edge = peer === undefined ? undefined : await known.find(peer.id)
    if (edge?.revokedAt !== undefined) throw revoked(edge.id)
    if (edge !== undefined) {
      known.seen(edge.id)
      context.set('caller', edge.id)
      return next()
    }
    const key = bearerKey(context.req.header('authorization'))
    if (key !== undefined && timingSafeEqual(digestOf(key), digest)) {
      context.set('caller', apiKeyCaller)
      return next()
    }
    throw peer === undefined ? unauthorized(key) : unknown(peer.id)
  }
}

function bearerKey(header: string | undefined): string | undefined {
  return /^Bearer +([\x21-\x7e]{1,512}) *$/i.exec(header ?? '')?.[1]
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

function unauthorized(key: string | undefined): EdgewiseError {
  const said = key === undefined ? 'No API key was sent.' : 'The API key is not the one of this hub.'
  const todo = 'Send "Authorization: Bearer KEY" with the key from hub-api-key in the state folder of the hub, or join.'
  return new EdgewiseError('unauthorized', `${said} ${todo}`)
}

function unknown(id: string): EdgewiseError {
  const todo = 'Get a token with `edgewise hub token` on the hub, then start the edge with --join TOKEN.'
  return new EdgewiseError('edge-unknown', `This hub does not know edge ${id.slice(0, 12)}. ${todo}`)
}

function revoked(id: string): EdgewiseError {
  return new EdgewiseError(
    'edge-unknown',
    `Edge ${id.slice(0, 12)} was revoked on this hub. Only a new token lets it back in.`,
  )
}

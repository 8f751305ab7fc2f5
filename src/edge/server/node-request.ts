import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from 'hono'

/** What the Node server gives with each request. A Request's own headers and signal would have to be made first, which costs as much as the rest. */
interface NodeRequest {
  readonly incoming?: IncomingMessage
  readonly outgoing?: ServerResponse
}

/** One header of the request, by its name in small letters; several of one name are joined by commas. */
export function requestHeader({ env, req }: Context, name: string): string | undefined {
  const { incoming } = (env ?? {}) as NodeRequest
  if (incoming === undefined) return req.header(name)
  const value = incoming.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

/** Calls `leave` when the client goes away before its answer is complete. Returns what ends the watch. */
export function onClientGone({ env, req }: Context, leave: () => void): () => void {
  const { outgoing } = (env ?? {}) as NodeRequest
  if (outgoing === undefined) {
    const { signal } = req.raw
    signal.addEventListener('abort', leave, { once: true })
    if (signal.aborted) leave()
    return () => signal.removeEventListener('abort', leave)
  }
  const closed = () => {
    if (!outgoing.writableFinished) leave()
  }
  outgoing.once('close', closed)
  if (outgoing.destroyed) closed()
  return () => outgoing.off('close', closed)
}

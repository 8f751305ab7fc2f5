import { readText } from '../../engines/upstream/read-text.ts'
import { OutboundBody } from '../../spec/outbound.ts'
import type { OpenConnection } from '../../spec/ports.ts'

const largestAnswer = 4_000_000
const timeoutMs = 2000

/**
 * Asks a server about itself: GET, or POST where there is a body. Gives the JSON of an answer, undefined when the server does not know the path.
 * Throws `link-down`, `upstream-timeout` when it is not there.
 */
export type AskServer = (path: string, body?: object) => Promise<unknown>

/** Asks at the origin of `url`. */
export function createAskServer({
  url,
  open,
  signal,
}: {
  readonly url: string
  readonly open: OpenConnection
  readonly signal: AbortSignal
}): AskServer {
  return async (path, body) => {
    const inbound = await open({
      url: new URL(path, url),
      method: body === undefined ? 'GET' : 'POST',
      headers: {},
      // A name of a model is no content.
      ...(body === undefined ? {} : { body: OutboundBody.control(body) }),
      purpose: 'models',
      headersTimeoutMs: timeoutMs,
      bodyTimeoutMs: timeoutMs,
      signal,
    })
    const text = await readText(inbound, largestAnswer)
    return inbound.status === 200 ? parseJson(text) : undefined
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

import type { ServerResponse } from 'node:http'
import type { RenderedAnswer } from './mock-answer.ts'
import type { MockFault } from './mock-fault.ts'

export interface MockReply {
  readonly response: ServerResponse
  readonly rendered: RenderedAnswer
  readonly stream: boolean
  readonly includeUsage: boolean
  readonly fault: MockFault
  /** Resolves when the mock releases what waits, or the client has left. */
  readonly released: () => Promise<void>
}

/** Sends one answer with one fault in it. */
export async function sendReply(reply: MockReply): Promise<void> {
  const { response, fault, stream, rendered, released } = reply
  switch (fault.kind) {
    case 'status':
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers })
      response.end(
        typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body ?? { error: { message: 'mock' } }),
      )
      return
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html><body>Sign in</body></html>')
      return
    case 'raw':
      await sendRaw(response, fault, released)
      return
    case 'delay':
      await released()
      break
  }
  if (response.destroyed) return
  if (stream) await sendStream(reply)
  else response.writeHead(200, { 'content-type': 'application/json' }).end(rendered.json)
}

type Wait = () => Promise<void>

async function sendRaw(response: ServerResponse, fault: MockFault & { kind: 'raw' }, released: Wait): Promise<void> {
  response.writeHead(200, { 'content-type': fault.contentType ?? 'text/event-stream' })
  for (const bytes of fault.writes) {
    response.write(bytes)
    await turn()
  }
  if (fault.stays === true) await released()
  if (fault.cut === true) response.destroy()
  else response.end()
}

async function sendStream({ response, rendered, includeUsage, fault, released }: MockReply): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  const { events, usageEvent, done } = rendered
  const rest = [...(includeUsage ? [usageEvent] : []), ...(fault.kind === 'missing-done' ? [] : [done])]
  // The role chunk is no piece of text.
  const faultAt = 'afterChunks' in fault ? Math.min(fault.afterChunks + 1, events.length) : -1
  const all = [...events, ...rest]
  for (let index = 0; index < all.length; index += 1) {
    if (index === faultAt && !(await happen(response, fault, released))) return
    const event = all[index]
    if (event === undefined || response.destroyed) return
    if (fault.kind === 'split-utf8') await writeByteByByte(response, event)
    else response.write(event)
    if (index === 0 && fault.kind === 'huge-event') response.write(`data: ${'x'.repeat(fault.bytes)}\n\n`)
  }
  response.end()
}

/** The fault itself; false when nothing comes after it. */
async function happen(response: ServerResponse, fault: MockFault, released: Wait): Promise<boolean> {
  if (fault.kind === 'stall') {
    await released()
    return true
  }
  if (fault.kind === 'cut') {
    // What was written before must be on its way, or the cut would swallow it.
    await turn()
    response.destroy()
  } else if (fault.kind === 'end') response.end()
  else if (fault.kind === 'malformed-event') response.end('data: {"choices":[{"delta"\n\n')
  else if (fault.kind === 'error-event') {
    const error = fault.error ?? { message: 'mock failure', type: 'server_error', code: null }
    response.end(`data: ${JSON.stringify({ error })}\n\n`)
  }
  return false
}

async function writeByteByByte(response: ServerResponse, event: Uint8Array): Promise<void> {
  for (let at = 0; at < event.length && !response.destroyed; at += 1) {
    response.write(event.subarray(at, at + 1))
    await turn()
  }
}

/** Lets the socket send what it holds. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

import type { ServerResponse } from 'node:http'
import type { HubFault } from './hub-fault.ts'

/** True when the fault is the whole answer. */
export function sendScripted(response: ServerResponse, fault: HubFault): boolean {
  if (fault.kind === 'status') sendStatus(response, fault)
  else if (fault.kind === 'redirect') response.writeHead(302, { location: fault.location }).end()
  else if (fault.kind === 'html') response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>')
  else return false
  return true
}

/** A good answer of the API; `cut` ends it early. */
export function sendJson(response: ServerResponse, value: unknown, fault: HubFault): void {
  const text = JSON.stringify(value)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  if (fault.kind !== 'cut') response.end(text)
  else response.write(text.slice(0, fault.afterBytes), () => response.socket?.end())
}

/** An error as the hub words it: status, code and message in headers. */
export function sendStatus(
  response: ServerResponse,
  {
    status,
    retryAfter,
    errorCode,
    errorMessage = 'as scripted',
  }: { status: number; retryAfter?: string; errorCode?: string; errorMessage?: string },
): void {
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'x-error-message': errorMessage,
      ...(errorCode === undefined ? {} : { 'x-error-code': errorCode }),
      ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
    })
    .end(JSON.stringify({ error: errorMessage }))
}

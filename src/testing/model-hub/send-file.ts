import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HubFault } from './hub-fault.ts'
import type { HubFile } from './hub-repository.ts'

export interface SendFileOptions {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly file: HubFile
  readonly headers: Readonly<Record<string, string>>
  readonly fault: HubFault
  /** Resolves when a stalled answer may go on. */
  readonly released: () => Promise<void>
}

/** Sends a file or the range of it that was asked for, with `If-Range` as RFC 9110 has it. Gives the bytes of the body that were meant to go out. */
export async function sendFile({
  request,
  response,
  file,
  headers,
  fault,
  released,
}: SendFileOptions): Promise<number> {
  const { start, status } = rangeOf(request, file, fault)
  const from = fault.kind === 'wrong-range' && status === 206 ? start + 1 : start
  const total = file.bytes.length
  const body = damaged(file.bytes, fault).subarray(from)
  response.writeHead(status, {
    ...headers,
    'accept-ranges': 'bytes',
    'content-length': status === 416 ? 0 : body.length,
    ...(status === 206 ? { 'content-range': `bytes ${from}-${total - 1}/${total}` } : {}),
    ...(status === 416 ? { 'content-range': `bytes */${total}` } : {}),
  })
  if (request.method === 'HEAD' || status === 416) {
    response.end()
    return 0
  }
  if (fault.kind === 'cut') return cut(response, body.subarray(0, fault.afterBytes))
  if (fault.kind === 'stall') {
    response.write(body.subarray(0, fault.afterBytes))
    await released()
    response.end(body.subarray(fault.afterBytes))
  } else response.end(body)
  return body.length
}

function rangeOf({ headers }: IncomingMessage, { bytes, etag }: HubFile, fault: HubFault) {
  const [, start] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? []
  const isCurrent = headers['if-range'] === undefined || headers['if-range'] === `"${etag}"`
  if (start === undefined || !isCurrent || fault.kind === 'ignore-range') return { start: 0, status: 200 }
  return { start: Number(start), status: Number(start) >= bytes.length ? 416 : 206 }
}

function damaged(bytes: Buffer, fault: HubFault): Buffer {
  if (fault.kind === 'too-long') return Buffer.concat([bytes, Buffer.alloc(fault.extraBytes)])
  if (fault.kind !== 'corrupt') return bytes
  const copy = Buffer.from(bytes)
  copy[fault.atByte] = (copy[fault.atByte] ?? 0) ^ 1
  return copy
}

/** Resets the connection once the bytes are with the kernel. */
async function cut(response: ServerResponse, bytes: Buffer): Promise<number> {
  await new Promise((resolve) => response.write(bytes, resolve))
  // An orderly end: what was sent before it arrives, which a reset does not promise.
  response.socket?.end()
  return bytes.length
}

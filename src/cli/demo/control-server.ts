import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { z } from 'zod'
import { errorBody } from '../../openai/error-body.ts'
import { asEdgewiseError, EdgewiseError } from '../../spec/errors.ts'
import type { DemoLink } from './demo-link.ts'

export interface ControlServerOptions {
  readonly link: Pick<DemoLink, 'state' | 'switchTo'>
  /** The API key of the demo's edge; it opens this server too. */
  readonly apiKey: string
  /** The page's origins: the only ones whose scripts may call. */
  readonly origins: ReadonlySet<string>
}

export interface ControlServer extends AsyncDisposable {
  readonly port: number
}

const longestBodyBytes = 1024
const requestMs = 5000

/** Switches the demo's link over HTTP: `GET /link`, `POST /link {"profile":"4g"}`, `POST /link/cut`. A free port of 127.0.0.1. */
export async function startControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const server = createServer({ requestTimeout: requestMs, headersTimeout: requestMs, maxHeaderSize: 8192 })
  server.on('request', (request, response) => void handle(request, response, options))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port: 0 }, resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  options: ControlServerOptions,
): Promise<void> {
  const { origin } = request.headers
  response.setHeader('cache-control', 'no-store')
  response.setHeader('vary', 'Origin')
  try {
    checkHost(request)
    checkOrigin(origin, options)
    if (origin !== undefined) allow(response, origin)
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end()
      return
    }
    checkKey(request, options)
    answer(response, 200, await act(request, options))
  } catch (thrown) {
    const error = asEdgewiseError(thrown)
    if (!response.headersSent) answer(response, error.status, errorBody(error))
  }
}

async function act(request: IncomingMessage, { link }: ControlServerOptions): Promise<unknown> {
  const { method, url } = request
  if (method === 'GET' && url === '/link') return link.state()
  if (method === 'POST' && url === '/link/cut') return link.switchTo('down')
  if (method === 'POST' && url === '/link') return link.switchTo(await readProfile(request, link.state().profiles))
  throw new EdgewiseError('not-found', 'There is GET /link, POST /link and POST /link/cut here.')
}

/** A name that was rebound to this address by somebody's DNS fails here. */
function checkHost({ headers: { host = '' }, socket }: IncomingMessage): void {
  if (host === `127.0.0.1:${socket.localPort}` || host === `localhost:${socket.localPort}`) return
  throw new EdgewiseError('origin-forbidden', 'This Host is not allowed here; use 127.0.0.1.')
}

function checkOrigin(origin: string | undefined, { origins }: ControlServerOptions): void {
  if (origin === undefined || origins.has(origin)) return
  throw new EdgewiseError('origin-forbidden', 'Only the page of this demo may call from a browser.')
}

function checkKey({ headers }: IncomingMessage, { apiKey }: ControlServerOptions): void {
  const [, given = ''] = /^Bearer (\S{1,512})$/i.exec(headers.authorization ?? '') ?? []
  if (timingSafeEqual(digest(given), digest(apiKey))) return
  throw new EdgewiseError('unauthorized', 'Send "Authorization: Bearer KEY" with the API key of the edge.')
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

async function readProfile(request: IncomingMessage, profiles: readonly string[]): Promise<string> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of request) {
    bytes += piece.length
    if (bytes > longestBodyBytes)
      throw new EdgewiseError('body-too-large', `At most ${longestBodyBytes} bytes fit here.`)
    pieces.push(piece)
  }
  try {
    return z.strictObject({ profile: z.enum(profiles) }).parse(JSON.parse(Buffer.concat(pieces).toString('utf8')))
      .profile
  } catch (cause) {
    const message = `Send JSON such as {"profile":"4g"}; there are ${profiles.join(', ')}.`
    throw new EdgewiseError('invalid-request', message, { cause })
  }
}

function allow(response: ServerResponse, origin: string): void {
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-allow-methods', 'GET, POST')
  response.setHeader('access-control-allow-headers', 'authorization, content-type')
  response.setHeader('access-control-max-age', '600')
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

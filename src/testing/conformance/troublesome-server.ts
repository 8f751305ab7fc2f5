import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

/** The server behind a conformance suite of clients: each path misbehaves in its own way, and the suite can wait for what it saw. */
export interface TroublesomeServer {
  readonly serve: RequestListener
  /** Paths asked for so far, in order, without the query. */
  readonly paths: readonly string[]
  readonly largeBytes: number
  /** Lets `/stepwise` write its next piece. */
  step(): void
  /** Resolves once a request for `path` has arrived. */
  asked(path: string): Promise<void>
  /** Resolves once the connection of a request for `path` has been closed by the other side. */
  closed(path: string): Promise<void>
  /** Ends what still waits. */
  release(): void
}

/** Makes the request listener; put it behind a server of your own. */
export function createTroublesomeServer(): TroublesomeServer {
  const paths: string[] = []
  const largeBytes = 3 * 1_048_576
  const arrivals = new Map<string, PromiseWithResolvers<void>>()
  const endings = new Map<string, PromiseWithResolvers<void>>()
  const open = new Set<ServerResponse>()
  let step = Promise.withResolvers<void>()

  const behaviours: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
    '/echo': echo,
    '/silent': () => {},
    '/large': (_, response) => void response.end(Buffer.alloc(largeBytes, 'x')),
    '/redirect': (_, response) => void response.writeHead(307, { location: '/echo' }).end(),
    '/hang-up': (request) => void request.socket.destroy(),
    '/cut': (request, response) => void response.write('half of it', () => request.socket.destroySoon()),
    '/endless': (_, response) => writeForever(response),
    '/stepwise': async (_, response) => {
      for (const word of ['one ', 'two ', 'three ']) {
        response.write(word)
        await step.promise
        step = Promise.withResolvers()
      }
      response.end()
    },
  }

  return {
    paths,
    largeBytes,
    serve(request, response) {
      const path = request.url?.split('?')[0] ?? ''
      paths.push(path)
      open.add(response)
      response.on('close', () => {
        open.delete(response)
        if (!response.writableFinished) waiting(endings, path).resolve()
      })
      waiting(arrivals, path).resolve()
      const [, status] = /^\/status\/(\d+)$/.exec(path) ?? []
      if (status !== undefined) response.writeHead(Number(status)).end(`status ${status}`)
      else behaviours[path]?.(request, response)
    },
    step: () => step.resolve(),
    asked: (path) => waiting(arrivals, path).promise,
    closed: (path) => waiting(endings, path).promise,
    release() {
      step.resolve()
      for (const response of open) response.destroy()
    },
  }
}

function waiting(events: Map<string, PromiseWithResolvers<void>>, path: string): PromiseWithResolvers<void> {
  const known = events.get(path)
  if (known !== undefined) return known
  const event = Promise.withResolvers<void>()
  events.set(path, event)
  return event
}

async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = ''
  for await (const piece of request) body += piece
  const { method, url, headers } = request
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ method, url, marker: headers['x-marker'], type: headers['content-type'], body }))
}

function writeForever(response: ServerResponse): void {
  const write = () => {
    while (!response.destroyed && response.write(Buffer.alloc(16_384, 'x'))) {}
  }
  response.on('drain', write)
  write()
}

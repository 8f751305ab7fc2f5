import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { modelsBody } from '../openai/models-body.ts'
import { type MockAnswer, type RenderedAnswer, renderAnswer } from './mock-upstream/mock-answer.ts'
import type { MockFault } from './mock-upstream/mock-fault.ts'
import { renderCompletion, renderEmbeddings } from './mock-upstream/mock-other-answers.ts'
import { sendReply } from './mock-upstream/mock-reply.ts'

export type { MockAnswer } from './mock-upstream/mock-answer.ts'
export type { MockFault } from './mock-upstream/mock-fault.ts'

export interface MockUpstreamOptions {
  /** What it answers, always or by request; absent: a short greeting. */
  readonly answer?: MockAnswer | ((request: RecordedRequest) => MockAnswer)
  /** Ids that it lists; the first one names its answers. */
  readonly models?: readonly string[]
  /** What it tells of itself beside OpenAI's API, by method and path such as `GET /props`. */
  readonly pages?: Readonly<Record<string, unknown>>
  /** False keeps no requests, for load of any length. */
  readonly record?: boolean
  /** Answers with a whole JSON body even when a stream is asked for, as simple local servers do. */
  readonly neverStreams?: boolean
  /** 0 takes a free port of the loopback. */
  readonly port?: number
}

export interface RecordedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Port of the other end: the same number means the same connection. */
  readonly clientPort: number | undefined
  /** The parsed JSON body, or undefined without one. */
  readonly body: unknown
  /** How it ended: the response was sent to its end, or the connection was cut before, by a fault or by the client. */
  readonly outcome: Promise<'sent' | 'cut'>
}

/** A real HTTP server that speaks the OpenAI wire and fails as it is told. */
export interface MockUpstream extends AsyncDisposable {
  /** Ends in `/v1`. */
  readonly baseUrl: string
  /** Requests for answers so far, oldest first. */
  readonly requests: readonly RecordedRequest[]
  /** The next chat requests take one of these each; those after them succeed. */
  fail(...faults: readonly MockFault[]): void
  /** The next chat request that this was not yet asked for, as soon as it is there. */
  nextRequest(): Promise<RecordedRequest>
  /** Answers that a fault holds back now. */
  readonly stalled: number
  /** Ends every delay and stall that is waiting now. */
  release(): void
}

const routes = /^\/v1\/(chat\/completions|completions|embeddings)/
const greeting: MockAnswer = { pieces: ['Hello', ' from', ' the', ' mock', '.'] }

/** Starts a mock upstream on the loopback: `POST /v1/chat/completions` and `/v1/completions` (stream and JSON), `/v1/embeddings`, `GET /v1/models`. */
export async function startMockUpstream(options: MockUpstreamOptions = {}): Promise<MockUpstream> {
  const mock = new Mock(options)
  await mock.listen(options.port ?? 0)
  return mock
}

class Mock implements MockUpstream {
  readonly requests: RecordedRequest[] = []
  readonly #options: MockUpstreamOptions
  readonly #model: string
  readonly #server: Server
  readonly #faults: MockFault[] = []
  readonly #rendered = new Map<MockAnswer, Map<number | undefined, RenderedAnswer>>()
  readonly #waiting = new Set<() => void>()
  #seen = 0
  #arrival = Promise.withResolvers<void>()

  constructor(options: MockUpstreamOptions) {
    this.#options = options
    this.#model = options.models?.[0] ?? 'mock-model'
    this.#server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.destroy(error as Error))
    })
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`
  }

  async listen(port: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject).listen(port, '127.0.0.1', resolve)
    await promise
  }

  fail(...faults: readonly MockFault[]): void {
    this.#faults.push(...faults)
  }

  async nextRequest(): Promise<RecordedRequest> {
    const index = this.#seen
    this.#seen += 1
    for (let found = this.requests[index]; ; found = this.requests[index]) {
      if (found !== undefined) return found
      await this.#arrival.promise
    }
  }

  get stalled(): number {
    return this.#waiting.size
  }

  release(): void {
    for (const goOn of this.#waiting) goOn()
    this.#waiting.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release()
    if (!this.#server.listening) return
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/'
    const page = this.#options.pages?.[`${request.method} ${path}`]
    if (page !== undefined) {
      request.resume()
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(page))
    } else if (request.method === 'GET' && path === '/v1/models') {
      const models = this.#options.models ?? [this.#model]
      const listed = modelsBody(models.map((id) => ({ id, ownedBy: 'mock', created: 1_750_000_000 })))
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(listed))
    } else if (request.method === 'POST' && routes.test(path)) await this.#answer(request, response)
    else response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"message":"no such path"}}')
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(await readText(request)) as ChatBody
    const recorded = this.#note(request, response, body)
    await sendReply({
      response,
      rendered: this.#rendering(recorded, body),
      stream: body.stream === true && this.#options.neverStreams !== true,
      includeUsage: body.stream_options?.include_usage === true,
      fault: this.#faults.shift() ?? { kind: 'none' },
      released: () => this.#untilReleased(response),
    })
  }

  #note(request: IncomingMessage, response: ServerResponse, body: unknown): RecordedRequest {
    const { promise, resolve } = Promise.withResolvers<'sent' | 'cut'>()
    response.once('close', () => resolve(response.writableFinished ? 'sent' : 'cut'))
    const { method = '', url = '', headers } = request
    const clientPort = request.socket.remotePort
    const recorded = { method, path: url, headers, clientPort, body, outcome: promise }
    if (this.#options.record !== false) {
      this.requests.push(recorded)
      this.#arrival.resolve()
      this.#arrival = Promise.withResolvers()
    }
    return recorded
  }

  #rendering(recorded: RecordedRequest, body: ChatBody): RenderedAnswer {
    if (recorded.path.startsWith('/v1/embeddings')) return renderEmbeddings(body, this.#model)
    const { answer = greeting } = this.#options
    const made = typeof answer === 'function' ? answer(recorded) : answer
    if (recorded.path.startsWith('/v1/completions')) {
      return renderCompletion(made, this.#model, typeof body.logprobs === 'number')
    }
    return this.#render(made, body.logprobs === true ? (body.top_logprobs ?? 0) : undefined)
  }

  #render(answer: MockAnswer, topLogprobs: number | undefined): RenderedAnswer {
    const forms = this.#rendered.get(answer) ?? new Map<number | undefined, RenderedAnswer>()
    const rendered = forms.get(topLogprobs) ?? renderAnswer(answer, this.#model, topLogprobs)
    // Answers made for one request would pile up here.
    if (typeof this.#options.answer !== 'function') this.#rendered.set(answer, forms.set(topLogprobs, rendered))
    return rendered
  }

  #untilReleased(response: ServerResponse): Promise<void> {
    return new Promise((resolve) => {
      const goOn = () => {
        this.#waiting.delete(goOn)
        resolve()
      }
      this.#waiting.add(goOn)
      response.once('close', goOn)
    })
  }
}

interface ChatBody {
  readonly stream?: boolean
  readonly logprobs?: boolean | number
  readonly top_logprobs?: number
  readonly stream_options?: { readonly include_usage?: boolean }
}

async function readText(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString('utf8')
}

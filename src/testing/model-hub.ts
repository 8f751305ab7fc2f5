import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { HubFault } from './model-hub/hub-fault.ts'
import { type RepositoryOptions, type StoredRepository, storeRepository } from './model-hub/hub-repository.ts'
import { sendFile } from './model-hub/send-file.ts'
import { sendJson, sendScripted, sendStatus } from './model-hub/send-status.ts'
import { treeOf } from './model-hub/tree-of.ts'

export type { HubFault } from './model-hub/hub-fault.ts'
export type { RepositoryOptions } from './model-hub/hub-repository.ts'

/** Which part of the hub is asked: its API, the address of a file, or the content delivery network behind it. */
export type HubPlace = 'api' | 'resolve' | 'cdn'

export interface HubRequest {
  readonly place: HubPlace
  readonly method: string
  /** Decoded, without query. */
  readonly path: string
  readonly query: string
  readonly range: string | undefined
  readonly ifRange: string | undefined
  readonly authorization: string | undefined
  /** Bytes of a file that its answer was meant to carry. */
  readonly sentBytes: number
}

/** Where a fault strikes: the next requests of a place, or of one file there. */
export interface FaultPlace {
  readonly place: HubPlace
  /** The path ends with this. */
  readonly path?: string
}

export interface ModelHubOptions {
  readonly repositories: Readonly<Record<string, RepositoryOptions>>
  /** Token that may read what is private. A gated repository lets nobody in until `letIn`. */
  readonly token?: string
  /** Entries on one page of a listing. */
  readonly pageSize?: number
}

/** A real HTTP server that speaks the Hugging Face hub's protocol for models, with its content delivery network on another origin. */
export interface ModelHub extends AsyncDisposable {
  /** What HF_ENDPOINT would be. */
  readonly endpoint: string
  readonly cdnOrigin: string
  /** All requests so far, oldest first. */
  readonly requests: readonly HubRequest[]
  commitOf(id: string): string
  /** Replaces a repository, as a push does. */
  push(id: string, repository: RepositoryOptions): void
  /** Lets the token read a gated repository. */
  letIn(id: string): void
  /** The next requests of that place take one of these each. */
  fail(place: FaultPlace, ...faults: readonly HubFault[]): void
  /** Resolves when a request of that place is under way or has been. */
  arrival(place: FaultPlace): Promise<void>
  /** Ends every stall that is waiting now. */
  release(): void
}

/** Starts a model hub on two free ports of the loopback. */
export async function startModelHub(options: ModelHubOptions): Promise<ModelHub> {
  const hub = new LocalModelHub(options)
  await hub.listen()
  return hub
}

type MutableRequest = { -readonly [K in keyof HubRequest]: HubRequest[K] }

class LocalModelHub implements ModelHub {
  readonly requests: MutableRequest[] = []
  readonly #options: ModelHubOptions
  readonly #repositories: Map<string, StoredRepository>
  readonly #faults: { readonly at: FaultPlace; readonly fault: HubFault }[] = []
  readonly #letIn = new Set<string>()
  readonly #waiting = new Set<() => void>()
  readonly #watching = new Set<() => void>()
  readonly #front: Server
  readonly #cdn: Server

  constructor(options: ModelHubOptions) {
    this.#options = options
    this.#repositories = new Map(
      Object.entries(options.repositories).map(([id, files]) => [id, storeRepository(files)]),
    )
    this.#front = createServer((request, response) => this.#serve(request, response, false))
    this.#cdn = createServer((request, response) => this.#serve(request, response, true))
  }

  get endpoint(): string {
    return originOf(this.#front)
  }

  get cdnOrigin(): string {
    return originOf(this.#cdn)
  }

  async listen(): Promise<void> {
    for (const server of [this.#front, this.#cdn]) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      server.once('error', reject).listen(0, '127.0.0.1', resolve)
      await promise
    }
  }

  commitOf(id: string): string {
    return this.#repositories.get(id)?.commit ?? ''
  }

  push(id: string, repository: RepositoryOptions): void {
    this.#repositories.set(id, storeRepository(repository))
  }

  letIn(id: string): void {
    this.#letIn.add(id)
  }

  fail(at: FaultPlace, ...faults: readonly HubFault[]): void {
    this.#faults.push(...faults.map((fault) => ({ at, fault })))
  }

  async arrival(at: FaultPlace): Promise<void> {
    while (!this.requests.some((request) => isAt(request, at))) {
      await new Promise<void>((resolve) => this.#watching.add(resolve))
    }
  }

  release(): void {
    for (const goOn of this.#waiting) goOn()
    this.#waiting.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release()
    for (const server of [this.#front, this.#cdn]) {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    }
  }

  #serve(request: IncomingMessage, response: ServerResponse, isCdn: boolean): void {
    this.#answer(request, response, isCdn).catch((error: unknown) => response.destroy(error as Error))
  }

  async #answer(request: IncomingMessage, response: ServerResponse, isCdn: boolean): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://hub')
    const path = decodeURIComponent(url.pathname)
    const place = isCdn ? 'cdn' : path.startsWith('/api/models/') ? 'api' : 'resolve'
    const noted = this.#note(request, { place, path, query: url.search })
    const fault = this.#take(noted)
    if (sendScripted(response, fault)) return
    const found = this.#find(path)
    if (found === undefined) {
      sendStatus(response, { status: 404, errorCode: 'RepoNotFound' })
      return
    }
    const { id, repository, rest } = found
    const refusal = isCdn ? undefined : this.#refusal(id, repository, request)
    const released = () => this.#untilReleased(response)
    if (refusal !== undefined) sendStatus(response, refusal)
    else if (place === 'api') this.#api(response, { id, repository, rest, url, fault })
    else noted.sentBytes = await this.#file({ request, response, fault, released, id, repository, rest, isCdn })
  }

  #note(
    { method = '', headers }: IncomingMessage,
    where: Pick<HubRequest, 'place' | 'path' | 'query'>,
  ): MutableRequest {
    const { range, authorization } = headers
    const ifRange = headers['if-range'] as string | undefined
    const noted = { ...where, method, range, ifRange, authorization, sentBytes: 0 }
    this.requests.push(noted)
    for (const resolve of this.#watching) resolve()
    this.#watching.clear()
    return noted
  }

  #take(request: HubRequest): HubFault {
    const index = this.#faults.findIndex(({ at }) => isAt(request, at))
    return (index === -1 ? undefined : this.#faults.splice(index, 1)[0]?.fault) ?? { kind: 'none' }
  }

  #find(path: string) {
    const trimmed = path.replace(/^\/api\/(models|resolve-cache\/models)\//, '/')
    for (const [id, repository] of this.#repositories) {
      if (trimmed === `/${id}` || trimmed.startsWith(`/${id}/`)) {
        return { id, repository, rest: trimmed.slice(id.length + 2) }
      }
    }
    return undefined
  }

  #refusal(id: string, { access }: StoredRepository, { headers }: IncomingMessage) {
    if (access === 'open') return undefined
    const knows = this.#options.token !== undefined && headers.authorization === `Bearer ${this.#options.token}`
    if (!knows) return { status: 401, errorCode: access === 'gated' ? 'GatedRepo' : 'RepoNotFound' }
    if (access === 'gated' && !this.#letIn.has(id)) return { status: 403, errorCode: 'GatedRepo' }
    return undefined
  }

  #api(response: ServerResponse, { id, repository, rest, url, fault }: ApiQuestion): void {
    const { commit, revisions, files } = repository
    const [, verb, revision = ''] = /^(revision|tree)\/(.+)$/.exec(rest) ?? []
    if (verb === undefined || (revision !== commit && !revisions.includes(revision))) {
      sendStatus(response, { status: 404, errorCode: 'RevisionNotFound' })
    } else if (verb === 'revision') {
      sendJson(response, { id, sha: commit, siblings: [...files.keys()].map((rfilename) => ({ rfilename })) }, fault)
    } else {
      const { pageSize = 1000 } = this.#options
      const from = Number(url.searchParams.get('cursor') ?? 0)
      const entries = treeOf(files)
      const next = `${this.endpoint}${url.pathname}?recursive=true&cursor=${from + pageSize}`
      if (from + pageSize < entries.length) response.setHeader('link', `<${next}>; rel="next"`)
      sendJson(response, entries.slice(from, from + pageSize), fault)
    }
  }

  async #file(options: FileQuestion): Promise<number> {
    const { request, response, fault, released, id, repository, rest, isCdn } = options
    const [, revision = '', path = ''] = /^(?:resolve\/)?([^/]+)\/(.+)$/.exec(rest) ?? []
    const { commit, revisions } = repository
    const file = repository.files.get(path)
    const isKnown = revision === commit || revisions.includes(revision)
    if (file === undefined || !isKnown) {
      const errorCode = isKnown ? 'EntryNotFound' : 'RevisionNotFound'
      sendStatus(response, { status: 404, errorCode })
      return 0
    }
    const etag = { etag: `"${file.etag}"` }
    if (isCdn) return sendFile({ request, response, file, fault, released, headers: etag })
    const headers = { 'x-repo-commit': commit, ...etag }
    if (!rest.startsWith('resolve/')) return sendFile({ request, response, file, fault, released, headers })
    // The hub keeps small files itself, at an address on the same origin, and sends for large ones to the network.
    const linked = { 'x-linked-etag': `"${file.etag}"`, 'x-linked-size': String(file.bytes.length) }
    const location =
      file.lfs === undefined
        ? `/api/resolve-cache/models/${id}/${commit}/${path}`
        : `${this.cdnOrigin}/${id}/${commit}/${path}?signature=secret`
    response.writeHead(file.lfs === undefined ? 307 : 302, { ...headers, ...linked, location }).end()
    return 0
  }

  #untilReleased(response: ServerResponse): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add(resolve)
      response.once('close', resolve)
    })
  }
}

interface ApiQuestion {
  readonly id: string
  readonly repository: StoredRepository
  readonly rest: string
  readonly url: URL
  readonly fault: HubFault
}

interface FileQuestion extends Omit<ApiQuestion, 'url'> {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly released: () => Promise<void>
  readonly isCdn: boolean
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function isAt(request: HubRequest, { place, path = '' }: FaultPlace): boolean {
  return request.place === place && request.path.endsWith(path)
}

import { Agent, request } from 'undici'
import { EdgewiseError } from '../spec/errors.ts'
import { isLoopbackHost } from '../spec/safe-url.ts'
import { connectionError } from './connection-error.ts'
import { type EagerBody, readEagerly } from './eager-body.ts'

export interface HubConnectionOptions {
  /** What HF_ENDPOINT says, such as `https://huggingface.co`. */
  readonly endpoint: string
  /** What HF_TOKEN says; sent to the endpoint's own origin only. */
  readonly token?: string
}

/** An answer. Whoever gets it reads its body to the end, leaves the loop over it, or discards it. */
export interface HubAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Headers of the hub itself, before it sent us elsewhere. */
  readonly hubHeaders: Readonly<Record<string, string | undefined>>
  readonly body: EagerBody
}

/** Connections to one hub and to wherever it sends for files. */
export interface HubConnection extends AsyncDisposable {
  readonly endpoint: URL
  readonly host: string
  readonly hasToken: boolean
  /** GET of an address of the hub, along at most 5 redirects. Throws `link-down`, `upstream-timeout`, `upstream-rejected` for a redirect that is not safe. */
  get(address: URL, options: { headers?: Readonly<Record<string, string>>; signal: AbortSignal }): Promise<HubAnswer>
}

const mostRedirects = 5
/** Limits of the wait for headers and of a silence in a body. */
const patienceMs = 30_000
const redirects: readonly number[] = [301, 302, 303, 307, 308]

/** Opens nothing yet. Throws `config-invalid` for an endpoint that is no https address, nor http on this machine. */
export function createHubConnection({ endpoint: text, token }: HubConnectionOptions): HubConnection {
  const endpoint = endpointFrom(text)
  const agent = new Agent({
    connect: { timeout: 15_000 },
    headersTimeout: patienceMs,
    bodyTimeout: patienceMs,
    connections: 4,
  })

  async function get(
    address: URL,
    { headers = {}, signal }: { headers?: Readonly<Record<string, string>>; signal: AbortSignal },
  ): Promise<HubAnswer> {
    let url = address
    let hubHeaders: HubAnswer['headers'] | undefined
    for (let hop = 0; hop <= mostRedirects; hop += 1) {
      const answer = await ask(url, headers, signal)
      const { status } = answer
      // What the endpoint says of a file holds wherever its bytes come from.
      if (url.origin === endpoint.origin) hubHeaders = { ...answer.headers, ...hubHeaders }
      if (!redirects.includes(status)) return { ...answer, hubHeaders: hubHeaders ?? {} }
      answer.body.discard()
      url = redirectTarget(answer.headers.location, url, endpoint)
    }
    throw new EdgewiseError('upstream-rejected', `${endpoint.host} sent us on more than ${mostRedirects} times`)
  }

  async function ask(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal) {
    const isOwn = url.origin === endpoint.origin
    try {
      const answer = await request(url, {
        dispatcher: agent,
        signal,
        headers: {
          'user-agent': 'edgewise',
          'accept-encoding': 'identity',
          ...headers,
          ...(isOwn && token !== undefined ? { authorization: `Bearer ${token}` } : {}),
        },
      })
      return {
        status: answer.statusCode,
        headers: plain(answer.headers),
        body: readEagerly(answer.body, url.host, signal),
      }
    } catch (thrown) {
      throw connectionError(thrown, url.host, signal)
    }
  }

  return {
    endpoint,
    host: endpoint.host,
    hasToken: token !== undefined,
    get,
    [Symbol.asyncDispose]: () => agent.destroy(),
  }
}

function endpointFrom(text: string): URL {
  const url = URL.parse(text)
  if (url === null || !(url.protocol === 'https:' || isHttpHere(url)) || url.username !== '' || url.search !== '') {
    // The address itself may hold a password.
    const message = 'HF_ENDPOINT is no address of a hub: write https://HOST, or http://127.0.0.1:PORT on this machine.'
    throw new EdgewiseError('config-invalid', message)
  }
  url.pathname = url.pathname.replace(/\/*$/, '/')
  return url
}

function isHttpHere(url: URL): boolean {
  return url.protocol === 'http:' && isLoopbackHost(url.hostname)
}

function redirectTarget(location: string | undefined, from: URL, endpoint: URL): URL {
  const target = location === undefined ? null : URL.parse(location, from.href)
  if (target === null) throw new EdgewiseError('upstream-rejected', `${from.host} sent us on without saying where`)
  const isSafe = target.protocol === 'https:' || (isHttpHere(endpoint) && isHttpHere(target))
  if (isSafe) return target
  const message = `${from.host} sent us on to ${target.protocol}//${target.host}, which is not https: nothing was fetched from there`
  throw new EdgewiseError('upstream-rejected', message)
}

function plain(headers: Readonly<Record<string, string | string[] | undefined>>): HubAnswer['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  )
}

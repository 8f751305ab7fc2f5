import { hostname } from 'node:os'
import { join } from 'node:path'
import { EdgewiseError } from '../../spec/errors.ts'
import { hostInUrl } from '../../spec/host-in-url.ts'
import type { Clock } from '../../spec/ports.ts'
import { openStore } from '../../store/open-store.ts'
import type { QuarantineReport } from '../../store/quarantine.ts'
import type { HubStore, JoinedEdge } from '../../store/store.ts'
import { type Identity, openIdentity } from '../../sync/enrolment/identity.ts'
import { mintJoinToken } from '../../sync/enrolment/join-hub.ts'
import type { HubConfig } from '../config.ts'

/** What an operator does with a hub, whether it runs or not. */
export interface HubAdmin {
  readonly identity: Identity
  readonly store: HubStore
  /** A token for one edge, good for 15 minutes. `port` is the one in use, when settings leave it open. */
  mintJoinToken(options?: { readonly port?: number }): Promise<string>
  listEdges(): Promise<readonly JoinedEdge[]>
  /** The edge with this id, or the only one whose id begins with it (6 digits at least). Throws `not-found`. */
  findEdge(id: string): Promise<JoinedEdge>
  /** Revokes the edge with this id, or the only one whose id begins with it. What was kept for it is deleted; a running hub cuts it off within a second. Throws `not-found`. */
  revokeEdge(id: string): Promise<JoinedEdge>
}

export interface OpenHubAdminOptions {
  readonly config: Pick<HubConfig, 'host' | 'port' | 'publicUrl'>
  /** Certificate, key and, unless there is a `databaseUrl`, the store live here; made when absent. */
  readonly stateFolder: string
  /** A PostgreSQL database to keep the store in, for several hubs to share. */
  readonly databaseUrl?: string
  readonly clock: Clock
  readonly onError?: (error: EdgewiseError) => void
  /** For the hub itself: a damaged store is moved aside, and this hears of it. Absent: it is refused. */
  readonly onDamage?: (report: QuarantineReport) => void
  /** What edges have delivered is forgotten after this time. */
  readonly keepDeliveriesDays?: number
}

/** Opens the state of a hub; several processes may do so at the same time. Throws `store-failed`. */
export async function openHubAdmin(options: OpenHubAdminOptions): Promise<HubAdmin & AsyncDisposable> {
  const { config, stateFolder, clock } = options
  const identity = await openIdentity({ folder: stateFolder, name: 'hub', algorithm: 'p256', hosts: hostsOf(config) })
  const store = await openHubStore(options)
  const findEdge = async (id: string) => onlyMatch(await store.edges.list(), id)
  return {
    identity,
    store,
    mintJoinToken({ port = config.port } = {}) {
      return mintJoinToken({ store, clock, url: publicUrl(config, port), fingerprint: identity.fingerprint })
    },
    listEdges: () => store.edges.list(),
    findEdge,
    async revokeEdge(id) {
      const edge = await findEdge(id)
      await store.edges.revoke(edge.id, clock.now())
      await store.keptAnswers.removeAll(edge.id)
      return { ...edge, revokedAt: edge.revokedAt ?? clock.now() }
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

async function openHubStore({
  stateFolder,
  databaseUrl,
  onError = () => {},
  ...rest
}: OpenHubAdminOptions): Promise<HubStore> {
  const { config: _, ...store } = rest
  if (databaseUrl === undefined) return openStore({ path: join(stateFolder, 'hub.db'), onError, ...store })
  const { openPostgresStore } = await import('../../store/postgres/open-postgres-store.ts')
  const { clock, keepDeliveriesDays = 90 } = rest
  return openPostgresStore({ url: databaseUrl, clock, keepDeliveriesDays, onError })
}

/** The address that edges dial. */
export function publicUrl({ host, publicUrl: given }: Pick<HubConfig, 'host' | 'publicUrl'>, port: number): string {
  if (given !== undefined) return given
  const name = isWildcard(host) ? hostname() : host
  return `https://${hostInUrl(name)}:${port}`
}

/** The certificate is pinned, not checked by name; the names serve browsers and other clients. */
function hostsOf({ host, publicUrl: given }: Pick<HubConfig, 'host' | 'publicUrl'>): readonly string[] {
  const named = given === undefined ? [] : [new URL(given).hostname.replace(/^\[|\]$/g, '')]
  const hosts = ['localhost', '127.0.0.1', '::1', hostname(), ...(isWildcard(host) ? [] : [host]), ...named]
  return [...new Set(hosts)]
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

function onlyMatch(edges: readonly JoinedEdge[], id: string): JoinedEdge {
  const matches = edges.filter((edge) => id.length >= 6 && edge.id.startsWith(id.toLowerCase()))
  const [match] = matches
  if (match !== undefined && matches.length === 1) return match
  const found = matches.length === 0 ? 'No edge has' : `${matches.length} edges have`
  const message = `${found} an id that begins with ${JSON.stringify(id.slice(0, 64))}. \`edgewise hub edges\` lists them; give at least 6 digits.`
  throw new EdgewiseError('not-found', message)
}

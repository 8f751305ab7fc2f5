import type { JoinedEdge } from '../store/store.ts'

/** The edges of a hub, one line each. */
export function tellEdges(edges: readonly JoinedEdge[]): string {
  if (edges.length === 0) return 'No edge has joined. `edgewise hub token` lets one in.\n'
  const width = Math.max(...edges.map(({ name }) => name.length))
  return edges.map((edge) => `${edge.id.slice(0, 12)}  ${edge.name.padEnd(width)}  ${tellState(edge)}\n`).join('')
}

function tellState({ joinedAt, lastSeenAt, revokedAt }: JoinedEdge): string {
  const joined = `joined ${moment(joinedAt)}`
  if (revokedAt !== undefined) return `${joined}, cut off ${moment(revokedAt)}`
  return lastSeenAt === undefined ? `${joined}, not seen since` : `${joined}, last seen ${moment(lastSeenAt)}`
}

function moment(at: number): string {
  return new Date(at)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC')
}

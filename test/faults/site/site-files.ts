import { join } from 'node:path'

/** The store of the edge in a folder. */
export function edgeFile(folder: string): string {
  return join(folder, 'edge.sqlite')
}

/** The store of the hub in a folder. */
export function hubFile(folder: string): string {
  return join(folder, 'hub.sqlite')
}

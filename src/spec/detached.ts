/**
 * Header by which an edge asks its hub to go on with a request when the edge is gone, and to keep the answer under the request's Idempotency-Key. Its value
 * is `true`.
 */
export const detachedHeader = 'x-edgewise-detached'

/** Where an edge tells its hub, by POST, that it has the answer kept under this key. */
export function acknowledgePath(key: string): string {
  return `/edgewise/v1/kept-answers/${key}/acknowledge`
}

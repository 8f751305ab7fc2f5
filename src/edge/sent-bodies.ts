import { EdgewiseError } from '../spec/errors.ts'
import type { OpenConnection } from '../spec/ports.ts'

/** The last bodies with content that were given to egress, for a person who wants to see what left. Holds content: for demonstrations, never on by itself. */
export interface SentBodies {
  /** The same connections, watched. */
  watching(open: OpenConnection): OpenConnection
  /** The bytes that left for a request, as text; undefined when nothing did, or too long ago. */
  find(requestId: string): string | undefined
}

const kept = 32

export function createSentBodies(): SentBodies {
  const bodies = new Map<string, string>()
  return {
    watching: (open) => async (outbound) => {
      const { body, requestId } = outbound
      if (body?.hasContent === true && requestId !== undefined) {
        bodies.set(requestId, new TextDecoder().decode(body.bytes))
        for (const oldest of bodies.keys()) if (bodies.size > kept) bodies.delete(oldest)
      }
      return open(outbound).catch((error: unknown) => {
        if (requestId !== undefined && error instanceof EdgewiseError && error.code === 'egress-denied') {
          bodies.delete(requestId)
        }
        throw error
      })
    },
    find: (requestId) => bodies.get(requestId),
  }
}

import { createHmac } from 'node:crypto'
import type { Message } from '../spec/request.ts'

/** A name for the conversation that a request belongs to: an HMAC of the key id and the messages up to the first user turn. */
export function conversationOf({
  keyId,
  messages,
  secret,
}: {
  keyId: string
  messages: readonly Message[]
  secret: string
}): string {
  const firstUserTurn = messages.findIndex(({ role }) => role === 'user')
  const opening = messages.slice(0, firstUserTurn + 1).map(({ role, content }) => [role, content])
  return createHmac('sha256', secret)
    .update(JSON.stringify([keyId, opening]))
    .digest('hex')
    .slice(0, 32)
}

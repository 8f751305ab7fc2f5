import { hash } from 'node:crypto'
import type { Message } from '../spec/request.ts'

/** Bytes of a block of SHA-256. */
const blockBytes = 64

/** Names conversations: an HMAC of the key id and the messages up to the first user turn (all where there is none), 32 hexadecimal digits. */
export type NameConversation = (opening: { readonly keyId: string; readonly messages: readonly Message[] }) => string

/** HMAC-SHA-256 (RFC 2104) with the padded keys made once: a fresh Hmac object for each request costs ten times as much. */
export function conversationNames(secret: Uint8Array): NameConversation {
  if (secret.length > blockBytes) throw new RangeError(`the secret has ${secret.length} bytes, more than ${blockBytes}`)
  const inner = padded(secret, 0x36)
  const outer = padded(secret, 0x5c)
  return ({ keyId, messages }) => {
    const firstUserTurn = messages.findIndex(({ role }) => role === 'user')
    const openingTurns = firstUserTurn === -1 ? messages : messages.slice(0, firstUserTurn + 1)
    const opening = openingTurns.map(({ role, content }) => [role, content])
    const message = Buffer.from(JSON.stringify([keyId, opening]))
    const digest = hash('sha256', Buffer.concat([inner, message]), 'buffer')
    return hash('sha256', Buffer.concat([outer, digest]), 'hex').slice(0, 32)
  }
}

/** As `NameConversation` writes them. */
const isOurs = /^[0-9a-f]{32}$/

/** What records call a conversation: a caller may name one after a person, so that is told by a name of our own. */
export function storedName(conversation: string, nameConversation: NameConversation, keyId: string): string {
  if (isOurs.test(conversation)) return conversation
  return nameConversation({ keyId, messages: [{ role: 'user', content: `conversation ${conversation}` }] })
}

function padded(secret: Uint8Array, pad: number): Uint8Array {
  return Uint8Array.from({ length: blockBytes }, (_, index) => (secret[index] ?? 0) ^ pad)
}

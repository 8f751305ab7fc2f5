import { createHmac } from 'node:crypto'
import { expect, it } from 'vitest'
import { conversationNames, storedName } from '../../src/edge/conversation.ts'
import type { Message } from '../../src/spec/request.ts'

const secret = Uint8Array.from({ length: 32 }, (_, index) => index * 7)
const opening: readonly Message[] = [
  { role: 'system', content: 'You watch pumps.' },
  { role: 'user', content: 'Is pump 4 within its limits? 泵' },
]

it('names a conversation by an HMAC of its opening', () => {
  const name = conversationNames(secret)({ keyId: 'k', messages: opening })
  const text = JSON.stringify(['k', opening.map(({ role, content }) => [role, content])])
  expect(name).toBe(createHmac('sha256', secret).update(text).digest('hex').slice(0, 32))
})

it('gives later turns the same name, and another key or opening another one', () => {
  const nameOf = conversationNames(secret)
  const name = nameOf({ keyId: 'k', messages: opening })
  const later: Message[] = [...opening, { role: 'assistant', content: 'Yes.' }, { role: 'user', content: 'And 5?' }]
  expect(nameOf({ keyId: 'k', messages: later })).toBe(name)
  expect(nameOf({ keyId: 'other', messages: opening })).not.toBe(name)
  expect(nameOf({ keyId: 'k', messages: [{ role: 'user', content: 'Is pump 4 within its limits? 泵' }] })).not.toBe(
    name,
  )
  expect(() => conversationNames(new Uint8Array(65))).toThrow(RangeError)
})

it('tells conversations without a user turn apart by all they say', () => {
  const nameOf = conversationNames(secret)
  const [a, b] = ['Write a haiku.', 'Write a sonnet.'].map((content) =>
    nameOf({ keyId: 'k', messages: [{ role: 'system', content }] }),
  )
  expect(a).not.toBe(b)
})

it('records a conversation under a name that says nothing of the words of its caller', () => {
  const nameOf = conversationNames(secret)
  const stored = storedName('ada@example.org', nameOf, 'k')
  expect(stored).toMatch(/^[0-9a-f]{32}$/)
  expect(storedName('ada@example.org', nameOf, 'k')).toBe(stored)
  expect(storedName('ada@example.org', nameOf, 'other')).not.toBe(stored)
  expect(storedName(stored, nameOf, 'k')).toBe(stored)
})

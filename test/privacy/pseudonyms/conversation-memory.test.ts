import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  type ConversationMemory,
  createConversationMemory,
} from '../../../src/privacy/pseudonyms/conversation-memory.ts'
import type { EdgewiseError } from '../../../src/spec/errors.ts'
import { openStore } from '../../../src/store/open-store.ts'
import type { SealedConversation } from '../../../src/store/store.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

const folder = mkdtempSync(join(tmpdir(), 'edgewise-memory-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let count = 0
const newPath = () => join(folder, `${++count}.db`)

const secret = new Uint8Array(32).fill(7)
const ward = ['key-1', 'ward-7']

describe('the memory of conversations', () => {
  it('is there after a restart, and the file tells nothing of it', async () => {
    const path = newPath()
    const clock = createFakeClock()
    {
      await using store = await openStore({ path, clock })
      await using memory = createConversationMemory({ secret, clock, store: store.conversations })
      const conversation = await memory.recall(ward, 24)
      conversation.book.tokenFor('PERSON', 'Ada Lovelace')
      conversation.pinned = 'it holds SECRET'
      memory.remember(conversation)
    }
    for (const file of [path, `${path}-wal`].filter((name) => name === path)) {
      const bytes = readFileSync(file, 'latin1')
      for (const word of ['Lovelace', 'PERSON_1', 'SECRET', 'ward-7', 'key-1']) expect(bytes).not.toContain(word)
    }
    await using store = await openStore({ path, clock })
    await using memory = createConversationMemory({ secret, clock, store: store.conversations })
    const again = await memory.recall(ward, 24)
    expect(again.pinned).toBe('it holds SECRET')
    expect(again.book.valueOf('[PERSON_1]')).toBe('Ada Lovelace')
    expect((await memory.recall(['key-2', 'ward-7'], 24)).pinned).toBeUndefined()
  })

  it('cannot be read with another key, nor under another name', async () => {
    const path = newPath()
    await using store = await openStore({ path })
    const clock = createFakeClock()
    const memory = createConversationMemory({ secret, clock, store: store.conversations })
    const conversation = await memory.recall(ward, 24)
    conversation.pinned = 'it holds SECRET'
    memory.remember(conversation)
    await memory.flush()
    const row = await store.conversations.find(conversation.id, clock.now())
    const other = await memory.recall(['key-1', 'other'], 24)
    await store.conversations.save({
      id: other.id,
      sealed: row?.sealed ?? new Uint8Array(),
      expiresAt: clock.now() + 1,
    })
    const again = createConversationMemory({ secret, clock, store: store.conversations })
    await expect(again.recall(['key-1', 'other'], 24)).rejects.toMatchObject({ code: 'store-failed' })
    const stranger = createConversationMemory({ secret: new Uint8Array(32), clock, store: store.conversations })
    expect((await stranger.recall(ward, 24)).pinned).toBeUndefined()
  })

  it('forgets a conversation when its time is over, in memory and in the store', async () => {
    const path = newPath()
    const clock = createFakeClock()
    await using store = await openStore({ path, clock })
    const memory = createConversationMemory({ secret, clock, store: store.conversations })
    const remembered = await memory.recall(ward, 1)
    remembered.book.tokenFor('PERSON', 'Ada')
    memory.remember(remembered)
    await memory.flush()
    await clock.advance(3_599_999)
    memory.remember(await memory.recall(ward, 1))
    await memory.flush()
    await clock.advance(3_599_999)
    expect((await memory.recall(ward, 1)).book.size).toBe(1)
    await clock.advance(3_600_000)
    expect((await memory.recall(ward, 1)).book.size).toBe(0)
    const next = await memory.recall(['key-1', 'next'], 1)
    next.pinned = 'x'
    memory.remember(next)
    await memory.flush()
    expect(await store.conversations.find(remembered.id, 0)).toBeUndefined()
  })

  it('keeps the conversations used last, and reads the others again', async () => {
    const clock = createFakeClock()
    await using store = await openStore({ path: newPath(), clock })
    const memory = createConversationMemory({ secret, clock, store: store.conversations, most: 2 })
    for (const name of ['a', 'b', 'c']) {
      const conversation = await memory.recall([name], 1)
      conversation.book.tokenFor('PERSON', name.repeat(5))
      memory.remember(conversation)
    }
    await memory.flush()
    expect((await memory.recall(['a'], 1)).book.valueOf('[PERSON_1]')).toBe('aaaaa')
  })

  it('is one for requests that come at the same time', async () => {
    const memory = createConversationMemory({ secret, clock: createFakeClock() })
    const [one, two] = await Promise.all([memory.recall(ward, 1), memory.recall(ward, 1)])
    expect(one).toBe(two)
  })

  it('tells of what the store refuses, and goes on', async () => {
    const errors: EdgewiseError[] = []
    const refusing = {
      find: async () => undefined,
      save: async () => {
        throw new Error('disk full')
      },
      forget: async () => undefined,
    }
    const onError = (error: EdgewiseError) => void errors.push(error)
    const memory = createConversationMemory({ secret, clock: createFakeClock(), store: refusing, onError })
    const conversation = await memory.recall(ward, 1)
    conversation.pinned = 'x'
    memory.remember(conversation)
    await memory.flush()
    expect(errors.map(({ code }) => code)).toEqual(['store-failed'])
    expect((await memory.recall(ward, 1)).pinned).toBe('x')
  })

  it('keeps a pin that could not be written, and writes it when its time to try again comes', async () => {
    const rows = new Map<string, SealedConversation>()
    let isBroken = true
    const store = {
      find: async (id: string) => rows.get(id),
      save: async (row: SealedConversation) => {
        if (isBroken) throw new Error('disk full')
        rows.set(row.id, row)
      },
      forget: async () => undefined,
    }
    const clock = createFakeClock()
    const memory = createConversationMemory({ secret, clock, store, most: 2 })
    const pinned = await memory.recall(ward, 1)
    pinned.pinned = 'it holds SECRET'
    memory.remember(pinned)
    await memory.flush()
    for (const name of ['b', 'c', 'd', 'e']) await memory.recall([name], 1)
    expect((await memory.recall(ward, 1)).pinned).toBe('it holds SECRET')
    isBroken = false
    await clock.advance(30_000)
    await memory.flush()
    expect([...rows.keys()]).toEqual([pinned.id])
    for (const name of ['b', 'c', 'd', 'e']) await memory.recall([name], 1)
    const again = await memory.recall(ward, 1)
    expect(again).not.toBe(pinned)
    expect(again.pinned).toBe('it holds SECRET')
  })

  it('takes a pin that is set while its conversation leaves memory', async () => {
    const memory = createConversationMemory({ secret, clock: createFakeClock(), most: 1 })
    const pinned = await memory.recall(ward, 1)
    await memory.recall(['b'], 1)
    pinned.pinned = 'x'
    memory.remember(pinned)
    expect((await memory.recall(ward, 1)).pinned).toBe('x')
  })

  it('keeps so many pseudonyms of all conversations, and refuses new ones while too many wait to be written', async () => {
    const clock = createFakeClock()
    const fill = async (memory: ConversationMemory, name: string) => {
      const conversation = await memory.recall([name], 1)
      for (let index = 0; index < 10; index += 1) conversation.book.tokenFor('EMAIL_ADDRESS', `${name}${index}@x.org`)
      memory.remember(conversation)
      await memory.flush()
      return conversation
    }
    await using store = await openStore({ path: newPath(), clock })
    const memory = createConversationMemory({ secret, clock, store: store.conversations, mostEntries: 25 })
    const [a, , c] = [await fill(memory, 'a'), await fill(memory, 'b'), await fill(memory, 'c')]
    expect(await memory.recall(['c'], 1)).toBe(c)
    const again = await memory.recall(['a'], 1)
    expect(again).not.toBe(a)
    expect(again.book.entries).toEqual(a.book.entries)

    const broken = {
      ...store.conversations,
      find: async () => undefined,
      save: () => Promise.reject(new Error('full')),
    }
    const stuck = createConversationMemory({ secret, clock, store: broken, mostEntries: 15 })
    for (const name of ['a', 'b', 'c', 'd']) await fill(stuck, name)
    await expect(stuck.recall(['e'], 1)).rejects.toThrow('4 conversations wait to be written')
    expect((await stuck.recall(['a'], 1)).book.size).toBe(10)
  })
})

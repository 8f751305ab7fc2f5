import { describe, expect, it } from 'vitest'
import { createResponsesMemory } from '../../../src/edge/server/responses-memory.ts'
import { parseResponsesRequest } from '../../../src/openai/responses-request.ts'
import { openStore } from '../../../src/store/open-store.ts'
import type { ResponseLog } from '../../../src/store/store.ts'

const keyId = 'key-1'

/** A store with a conversation of so many responses, each with one item of so many characters, and what was asked of it. */
async function remembered(length: number, characters: number) {
  const store = await openStore({ path: ':memory:' })
  const text = 'z'.repeat(characters)
  for (let index = 0; index < length; index += 1) {
    const content = [{ type: 'input_text', text }]
    const input = [{ id: `msg_${index}_in0`, type: 'message', role: 'user', status: 'completed', content }]
    const previousId = index === 0 ? undefined : `resp_${index - 1}`
    store.responses.save({ id: `resp_${index}`, keyId, conversation: 'c', previousId, body: { output: [] }, input })
  }
  await store.responses.flush()
  const finds: string[] = []
  const uses: (readonly string[])[] = []
  const responses: Pick<ResponseLog, 'find' | 'use'> = {
    find: (id, key) => {
      finds.push(id)
      return store.responses.find(id, key)
    },
    use: async (ids) => {
      uses.push(ids)
    },
  }
  const memory = createResponsesMemory({ responses: responses as ResponseLog, keyId, mostCharacters: 10_000 })
  const ask = (body: object) =>
    parseResponsesRequest({ body: { model: 'm', ...body }, id: 'resp_q', created: 0, memory })
  return { memory, finds, uses, ask, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() }
}

const references = (count: number) => Array.from({ length: count }, () => ({ type: 'item_reference', id: 'msg_0_in0' }))

describe('what a request brings back of stored responses', () => {
  it('is looked up once for each response, and used once at the end', async () => {
    await using given = await remembered(3, 10)
    const { request } = await given.ask({ input: references(40), previous_response_id: 'resp_2' })
    expect(request.messages).toHaveLength(43)
    expect(given.finds.toSorted()).toEqual(['resp_0', 'resp_1', 'resp_2'])
    expect(given.uses).toEqual([])
    await given.memory.keepUsed()
    expect(given.uses.map((ids) => ids.toSorted())).toEqual([['resp_0', 'resp_1', 'resp_2']])
  })

  it('may not be longer than a body, however often one item is named', async () => {
    await using given = await remembered(1, 1000)
    await expect(given.ask({ input: references(8) })).resolves.toBeDefined()
    await expect(given.ask({ input: references(40) })).rejects.toMatchObject({
      code: 'context-exceeded',
      message: expect.stringContaining('10000 characters of stored items'),
    })
  })

  it('counts items and history together', async () => {
    await using given = await remembered(8, 1000)
    const body = { input: references(4), previous_response_id: 'resp_7' }
    await expect(given.ask(body)).rejects.toMatchObject({
      code: 'context-exceeded',
      param: 'previous_response_id',
    })
  })

  it('is read no further than the bound', async () => {
    await using given = await remembered(100, 1000)
    await expect(given.ask({ input: 'hi', previous_response_id: 'resp_99' })).rejects.toMatchObject({
      code: 'context-exceeded',
    })
    expect(given.finds.length).toBeLessThan(12)
  })

  it('is at most 256 references, of which none is looked up when there are more', async () => {
    await using given = await remembered(1, 1)
    await expect(given.ask({ input: references(257) })).rejects.toMatchObject({
      code: 'context-exceeded',
      message: expect.stringContaining('257 items of type item_reference'),
    })
    expect(given.finds).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import { responsesDialect } from '../../../src/edge/server/responses-dialect.ts'
import { EdgewiseError } from '../../../src/spec/errors.ts'
import type { StreamPart } from '../../../src/spec/stream-part.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { scriptedAnswer } from '../../../src/testing/scripted-generator.ts'
import { startScriptedEdge } from '../scripted-edge.ts'

const keyId = 'key-1'
const answer: readonly StreamPart[] = [
  { type: 'text-delta', text: 'the whole answer' },
  { type: 'finish', reason: 'stop', usage: { promptTokens: 1, completionTokens: 3 } },
]
const late = new EdgewiseError('deadline-exceeded', 'too late')

/** One answer with as many readers as are asked for, and what is stored of it. */
async function oneAnswer() {
  const store = await openStore({ path: ':memory:' })
  const { responses } = store
  const dialect = responsesDialect({
    responses,
    keepsResponses: true,
    mostResponseBytes: 100_000,
    nameConversation: () => 'c',
    bodyBytes: 10_000,
  })
  const asked = { id: 'resp_1', keyId, mode: undefined, conversation: undefined, created: 0 }
  const { encoder } = await dialect.parse({ ...asked, body: { model: 'm', input: 'hi', stream: true } })
  const read = () => {
    const reader = encoder()
    for (const part of answer) reader.push(part)
  }
  const leave = () => void encoder().error(late)
  const status = async () => ((await responses.find('resp_1', keyId))?.body as { status: string } | undefined)?.status
  return { responses, read, leave, status, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() }
}

describe('what is stored of an answer with several readers', () => {
  it('stays whole when a later reader cannot stay', async () => {
    await using given = await oneAnswer()
    given.read()
    given.leave()
    await new Promise(setImmediate)
    expect(await given.status()).toBe('completed')
  })

  it('becomes whole when an earlier reader could not stay', async () => {
    await using given = await oneAnswer()
    given.leave()
    expect(await given.status()).toBe('failed')
    given.read()
    await expect.poll(given.status).toBe('completed')
  })

  it('stays deleted, whoever reads the answer or fails to', async () => {
    for (const first of ['read', 'leave'] as const) {
      await using given = await oneAnswer()
      given[first]()
      expect(await given.responses.remove('resp_1', keyId)).toBe(true)
      given.read()
      given.leave()
      await given.responses.flush()
      await new Promise(setImmediate)
      expect(await given.status()).toBeUndefined()
    }
  })

  it('stays deleted when its client asks again within the minute', async () => {
    await using edge = await startScriptedEdge({ localScript: [scriptedAnswer(['Hello'])] })
    const ask = () =>
      edge.post({ model: 'auto', input: 'hi', stream: true }, { 'idempotency-key': 'k' }, '/v1/responses')
    const response = await ask()
    const first = await response.text()
    const path = `/v1/responses/${response.headers.get('x-edgewise-request-id')}`
    expect((await edge.get(path)).status).toBe(200)
    expect((await edge.delete(path)).status).toBe(200)
    expect(await (await ask()).text()).toBe(first)
    expect((await edge.get(path)).status).toBe(404)
  })
})

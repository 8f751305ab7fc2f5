import { describe, expect, it } from 'vitest'
import { scriptedAnswer } from '../../../src/testing/scripted-generator.ts'
import { startScriptedEdge } from '../scripted-edge.ts'

const path = '/edgewise/v1/feedback'

async function answered() {
  const edge = await startScriptedEdge({ localScript: [scriptedAnswer(['an answer'])] })
  const messages = [{ role: 'user', content: 'hello ada' }]
  const response = await edge.post({ model: 'auto', messages })
  const id = response.headers.get('x-edgewise-request-id') ?? ''
  await response.text()
  const queued = async () => {
    const { entries } = await edge.store.outbox.delivery.seal({ kinds: ['feedback'], limit: 9, bytes: 2 ** 20 })
    return entries.map(({ body }) => JSON.parse(body))
  }
  return { edge, id, queued, [Symbol.asyncDispose]: () => edge[Symbol.asyncDispose]() }
}

describe('feedback', () => {
  it('is queued with what was decided, and without a word of the conversation', async () => {
    await using parts = await answered()
    const { edge, id } = parts
    const taken = await edge.post({ request_id: id, rating: 'bad', label: 'too-slow' }, {}, path)
    expect([taken.status, await taken.json()]).toEqual([202, { object: 'edgewise.feedback', request_id: id }])
    const [entry] = await parts.queued()
    expect(entry).toMatchObject({
      requestId: id,
      rating: 'bad',
      label: 'too-slow',
      about: { placement: 'local', model: 'small', reason: 'prefer-edge', outcome: 'answered' },
    })
    expect(JSON.stringify(entry)).not.toMatch(/hello|ada|an answer|key-1/)
  })

  it('is refused for a request that is not known, or that another key made', async () => {
    await using parts = await answered()
    const { edge, id } = parts
    const other = { authorization: 'Bearer ew-other-key-0123456789' }
    expect((await edge.post({ request_id: 'unknown', rating: 'good' }, {}, path)).status).toBe(404)
    expect((await edge.post({ request_id: id, rating: 'good' }, other, path)).status).toBe(404)
    expect(await parts.queued()).toEqual([])
  })

  it.each([
    [{ rating: 'good' }, 'request_id'],
    [{ request_id: 'x', rating: 'fine' }, 'rating'],
    [{ request_id: 'x', rating: 'good', label: 'words of my own' }, 'label'],
    [{ request_id: 'x', rating: 'good', text: 'words of my own' }, null],
  ])('is refused when it is %j', async (body, param) => {
    await using parts = await answered()
    const refused = await parts.edge.post(body, {}, path)
    expect(refused.status).toBe(400)
    const { error } = (await refused.json()) as { readonly error: { readonly param: string | null } }
    expect(error.param).toBe(param)
    expect(JSON.stringify(error)).not.toContain('words of my own')
  })

  it('is refused when it is long', async () => {
    await using parts = await answered()
    const refused = await parts.edge.post({ request_id: 'x'.repeat(2000), rating: 'good' }, {}, path)
    expect(refused.status).toBe(413)
  })
})

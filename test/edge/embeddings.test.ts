import { describe, expect, it } from 'vitest'
import { decodeVector } from '../../src/openai/embeddings-vector.ts'
import { describedSchema, isDescribed } from '../openai/described-schemas.ts'
import { countingEmbedder } from './counting-embedder.ts'
import { startScriptedEdge } from './scripted-edge.ts'

const path = '/v1/embeddings'
const allow = { privacy: { personalData: 'allow' } }
const hello = { model: 'text-embedding-3-small', input: ['SECRET', 'the words'] }

async function start(parts: { local?: boolean; cloud?: boolean; policy?: unknown } = { local: true }) {
  const local = countingEmbedder('near', 1)
  const cloud = countingEmbedder('far', 2)
  const edge = await startScriptedEdge({
    localScript: [[]],
    policy: parts.policy ?? allow,
    ...(parts.local === true ? { localEmbedder: local } : {}),
    ...(parts.cloud === true ? { cloudEmbedder: cloud } : {}),
  })
  return { ...edge, local, cloud }
}

describe('embeddings at the edge', () => {
  it('are given in order, with the model that made them and the tokens they took', async () => {
    await using edge = await start()
    const response = await edge.post({ ...hello, user: 'me', verve: 1 }, {}, path)
    const body = await response.json()
    expect(body).toEqual({
      object: 'list',
      model: 'near',
      data: [
        { object: 'embedding', index: 0, embedding: [6, 1] },
        { object: 'embedding', index: 1, embedding: [9, 1] },
      ],
      usage: { prompt_tokens: 3, total_tokens: 3 },
      edgewise: { placement: 'local', model: 'near', reason: 'model' },
    })
    expect(response.headers.get('x-edgewise-ignored-fields')).toBe('verve')
    expect(edge.decisions).toMatchObject([{ outcome: 'answered', usage: { promptTokens: 3, completionTokens: 0 } }])
    expect(JSON.stringify(edge.decisions)).not.toContain('SECRET')
    if (isDescribed) expect(describedSchema('CreateEmbeddingResponse').safeParse(body).error).toBeUndefined()
  })

  it('are given as base64 of 32-bit floats when asked for', async () => {
    await using edge = await start()
    const body = (await (await edge.post({ ...hello, encoding_format: 'base64', input: 'one' }, {}, path)).json()) as {
      readonly data: readonly { readonly embedding: string }[]
    }
    expect([...decodeVector(body.data[0]?.embedding ?? '')]).toEqual([3, 1])
  })

  it.each([
    ['prefer-edge', 'near'],
    ['only-edge', 'near'],
    ['prefer-cloud', 'far'],
    ['only-cloud', 'far'],
  ])('come in mode %s from the model %s', async (mode, expected) => {
    await using edge = await start({ local: true, cloud: true })
    const response = await edge.post(hello, { 'x-edgewise-mode': mode }, path)
    expect(await response.json()).toMatchObject({ model: expected })
  })

  it('never fall over to another model, whose vectors could not be compared', async () => {
    await using edge = await start({ local: true, cloud: true })
    edge.local.setUnavailable('it is being restarted')
    const near = await edge.post(hello, {}, path)
    expect([near.status, await near.json()]).toMatchObject([503, { error: { code: 'engine-unavailable' } }])
    edge.setLink({ state: 'down', because: 'no route' })
    const far = await edge.post({ ...hello, model: 'far' }, {}, path)
    expect([far.status, await far.json()]).toMatchObject([503, { error: { code: 'link-down' } }])
    expect([...edge.local.calls, ...edge.cloud.calls]).toEqual([])
  })

  it('never come from elsewhere while policy keeps everything here', async () => {
    await using edge = await start({ cloud: true, policy: {} })
    const response = await edge.post(hello, {}, path)
    expect([response.status, await response.json()]).toMatchObject([403, { error: { code: 'policy-forbids' } }])
    expect(edge.cloud.calls).toEqual([])
  })

  it('are refused with what to do where no model gives any', async () => {
    await using edge = await start({})
    const response = await edge.post(hello, {}, path)
    const body = (await response.json()) as { error: { message: string } }
    expect([response.status, body]).toMatchObject([404, { error: { code: 'model-not-found', param: 'model' } }])
    expect(body.error.message).toContain('edge.embeddings.model')
  })
})

const bad: readonly (readonly [string, unknown, string, string])[] = [
  ['no input', { model: 'auto' }, 'invalid-request', 'input'],
  ['an empty text', { ...hello, input: '' }, 'invalid-request', 'input'],
  ['an empty list', { ...hello, input: [] }, 'invalid-request', 'input'],
  ['an empty text in a list', { ...hello, input: ['a', ''] }, 'invalid-request', 'input.1'],
  ['too many texts', { ...hello, input: Array.from({ length: 2049 }, () => 'a') }, 'invalid-request', 'input'],
  ['token ids', { ...hello, input: [1, 2, 3] }, 'unsupported-field', 'input.0'],
  ['lists of token ids', { ...hello, input: [[1, 2, 3]] }, 'unsupported-field', 'input.0'],
  ['an object', { ...hello, input: { text: 'a' } }, 'invalid-request', 'input'],
  ['no dimensions at all', { ...hello, dimensions: 0 }, 'invalid-request', 'dimensions'],
  ['a format that does not exist', { ...hello, encoding_format: 'int8' }, 'invalid-request', 'encoding_format'],
]

describe('bad input to /v1/embeddings', () => {
  it.each(bad)('%s gets a clear error and reaches no model', async (_name, body, code, param) => {
    await using edge = await start()
    const response = await edge.post(body, {}, path)
    expect([response.status, await response.json()]).toMatchObject([400, { error: { code, param } }])
    expect(edge.local.calls).toEqual([])
    expect(edge.bugs).toEqual([])
  })
})

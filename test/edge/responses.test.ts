import { describe, expect, it } from 'vitest'
import { EdgewiseError } from '../../src/spec/errors.ts'
import { scriptedAnswer } from '../../src/testing/scripted-generator.ts'
import { startScriptedEdge } from './scripted-edge.ts'

const path = '/v1/responses'
const scripted = {
  localScript: [scriptedAnswer(['Hel', 'lo']), scriptedAnswer(['Again']), scriptedAnswer(['Third'])],
  aliases: { '*': 'auto' },
}
const hello = { model: 'auto', input: 'SECRET WORDS' }

interface Answered {
  readonly id: string
  readonly status: string
  readonly store: boolean
  readonly output: readonly { readonly id: string; readonly content: readonly { readonly text: string }[] }[]
}

async function created(response: Response): Promise<Answered> {
  expect(response.status).toBe(200)
  return (await response.json()) as Answered
}

describe('responses at the edge', () => {
  it('answers as a response object with the place it came from', async () => {
    await using edge = await startScriptedEdge(scripted)
    const response = await edge.post({ ...hello, instructions: 'be brief', max_output_tokens: 20 }, {}, path)
    expect(response.headers.get('x-edgewise-placement')).toBe('local')
    const body = await created(response)
    expect(body).toMatchObject({
      object: 'response',
      status: 'completed',
      output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hello' }] }],
      usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 },
      edgewise: { placement: 'local', model: 'small' },
    })
    expect(body.id).toBe(response.headers.get('x-edgewise-request-id'))
    expect(edge.local.calls[0]?.request).toMatchObject({
      maxTokens: 20,
      messages: [
        { role: 'system', content: 'be brief' },
        { role: 'user', content: 'SECRET WORDS' },
      ],
    })
  })

  it('reads items of every kind it knows, and names the kind it drops', async () => {
    await using edge = await startScriptedEdge(scripted)
    const input = [
      { role: 'developer', content: 'be brief' },
      { role: 'user', content: [{ type: 'input_text', text: 'weather?' }] },
      { type: 'reasoning', id: 'rs_1', summary: [] },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'let me see', annotations: [] }] },
      { type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{"city":"Oslo"}' },
      { type: 'function_call', call_id: 'c2', name: 'weather', arguments: '{"city":"Rome"}' },
      { type: 'function_call_output', call_id: 'c1', output: 'rain' },
      { type: 'function_call_output', call_id: 'c2', output: [{ type: 'input_text', text: 'sun' }] },
    ]
    const response = await edge.post({ ...hello, input, max_tool_calls: 3, verve: 1 }, {}, path)
    await created(response)
    expect(response.headers.get('x-edgewise-ignored-fields')).toBe('verve, input.reasoning')
    expect(edge.local.calls[0]?.request.messages).toEqual([
      { role: 'developer', content: 'be brief' },
      { role: 'user', content: 'weather?' },
      {
        role: 'assistant',
        content: 'let me see',
        toolCalls: [
          { id: 'c1', name: 'weather', arguments: '{"city":"Oslo"}' },
          { id: 'c2', name: 'weather', arguments: '{"city":"Rome"}' },
        ],
      },
      { role: 'tool', content: 'rain', toolCallId: 'c1' },
      { role: 'tool', content: 'sun', toolCallId: 'c2' },
    ])
  })

  it('goes on with what was said before, in the same conversation, and does not repeat instructions', async () => {
    await using edge = await startScriptedEdge(scripted)
    const first = await created(await edge.post({ ...hello, instructions: 'be brief' }, {}, path))
    const more = { model: 'auto', input: 'and now?', previous_response_id: first.id }
    const second = await created(await edge.post(more, {}, path))
    const third = { ...more, previous_response_id: second.id, instructions: 'be long' }
    await created(await edge.post(third, { 'x-edgewise-conversation': 'another' }, path))
    expect(edge.local.calls[2]?.request.messages).toEqual([
      { role: 'system', content: 'be long' },
      { role: 'user', content: 'SECRET WORDS' },
      { role: 'assistant', content: 'Hello' },
      { role: 'user', content: 'and now?' },
      { role: 'assistant', content: 'Again' },
      { role: 'user', content: 'and now?' },
    ])
    expect(new Set(edge.decisions.map(({ conversation }) => conversation)).size).toBe(1)
  })

  it('stores what it streams, and resolves a reference to one of its items', async () => {
    await using edge = await startScriptedEdge(scripted)
    const text = await (await edge.post({ ...hello, stream: true }, {}, path)).text()
    expect(text).not.toContain('[DONE]')
    const last = JSON.parse(text.trim().split('\n').at(-1)?.slice(6) ?? '') as { type: string; response: Answered }
    expect(last.type).toBe('response.completed')
    const [item] = last.response.output
    const input = [{ type: 'item_reference', id: item?.id }, { id: 'msg_1_in0' }, { role: 'user', content: 'go on' }]
    await created(await edge.post({ model: 'auto', input }, {}, path))
    expect(edge.local.calls[1]?.request.messages).toMatchObject([
      { role: 'assistant', content: 'Hello' },
      { role: 'user', content: 'SECRET WORDS' },
      { role: 'user', content: 'go on' },
    ])
    expect(await (await edge.get(`${path}/${last.response.id}`)).json()).toEqual(last.response)
  })

  it('gives, lists and deletes what it stored, and deletes the words with it', async () => {
    await using edge = await startScriptedEdge(scripted)
    const input = ['one', 'two', 'three'].map((content) => ({ role: 'user', content }))
    const { id } = await created(await edge.post({ ...hello, input }, {}, path))
    const list = (await (await edge.get(`${path}/${id}/input_items?order=asc&limit=2`)).json()) as {
      readonly data: readonly { readonly id: string }[]
    }
    expect(list).toMatchObject({
      object: 'list',
      data: [{ role: 'user', content: [{ type: 'input_text', text: 'one' }] }, {}],
      has_more: true,
      last_id: list.data[1]?.id,
    })
    const rest = await (await edge.get(`${path}/${id}/input_items?order=asc&after=${list.data[1]?.id}`)).json()
    expect(rest).toMatchObject({ data: [{ content: [{ text: 'three' }] }], has_more: false })
    expect(await (await edge.delete(`${path}/${id}`)).json()).toEqual({ id, object: 'response', deleted: true })
    for (const gone of [await edge.get(`${path}/${id}`), await edge.delete(`${path}/${id}`)]) {
      expect(gone.status).toBe(404)
    }
    const onward = await edge.post({ ...hello, previous_response_id: id }, {}, path)
    expect([onward.status, await onward.json()]).toMatchObject([404, { error: { param: 'previous_response_id' } }])
  })

  it('shows a response to no other key', async () => {
    await using edge = await startScriptedEdge(scripted)
    const { id, output } = await created(await edge.post(hello, {}, path))
    const other = { authorization: 'Bearer ew-other-key-0123456789' }
    const asked = [
      edge.get(`${path}/${id}`, other),
      edge.get(`${path}/${id}/input_items`, other),
      edge.delete(`${path}/${id}`, other),
      edge.post({ ...hello, previous_response_id: id }, other, path),
      edge.post({ model: 'auto', input: [{ type: 'item_reference', id: output[0]?.id }] }, other, path),
    ]
    for (const response of await Promise.all(asked)) {
      expect([response.status, await response.json()]).toMatchObject([404, { error: { code: 'not-found' } }])
    }
    expect((await edge.get(`${path}/${id}`)).status).toBe(200)
  })

  it('stores nothing when told not to, and says so', async () => {
    await using edge = await startScriptedEdge(scripted)
    const body = await created(await edge.post({ ...hello, store: false }, {}, path))
    expect(body.store).toBe(false)
    expect((await edge.get(`${path}/${body.id}`)).status).toBe(404)
  })

  it('says store: false of a response that is too large to be stored', async () => {
    await using edge = await startScriptedEdge({ ...scripted, responses: { keepMiB: 1 } })
    const large = { ...hello, store: true, input: 'x'.repeat(2 ** 17) }
    const body = await created(await edge.post(large, {}, path))
    expect(body.store).toBe(false)
    const streamed = await (await edge.post({ ...large, stream: true }, {}, path)).text()
    expect(streamed).toMatch(/"type":"response\.completed".*"store":false/)
    await edge.store.responses.flush()
    expect((await edge.get(`${path}/${body.id}`)).status).toBe(404)
  })

  it('keeps nothing where the owner allows nothing, and refuses who counts on it', async () => {
    await using edge = await startScriptedEdge({ ...scripted, responses: { keepDays: 0 } })
    expect((await created(await edge.post(hello, {}, path))).store).toBe(false)
    const refused = await edge.post({ ...hello, store: true }, {}, path)
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: { param: 'store' } }])
  })

  it('ends a stream that breaks in an error event and a failed response', async () => {
    const localScript = [
      [{ type: 'text-delta', text: 'half' } as const, new EdgewiseError('engine-crashed', 'it fell')],
    ]
    await using edge = await startScriptedEdge({ ...scripted, localScript })
    const text = await (await edge.post({ ...hello, stream: true }, {}, path)).text()
    expect(text).toMatch(/event: error\ndata: .*"code":"engine-crashed"[\s\S]*event: response.failed\n/)
    expect(edge.decisions[0]).toMatchObject({ outcome: 'failed', errorCode: 'engine-crashed' })
  })
})

const bad: readonly (readonly [string, unknown, string, string | undefined])[] = [
  ['no input', { model: 'auto' }, 'invalid-request', 'input'],
  ['an empty list of items', { ...hello, input: [] }, 'invalid-request', 'input'],
  ['nothing but reasoning', { ...hello, input: [{ type: 'reasoning' }] }, 'invalid-request', 'input'],
  ['a number as an item', { ...hello, input: [7] }, 'invalid-request', 'input.0'],
  ['an item of an unknown type', { ...hello, input: [{ type: 'wish' }] }, 'invalid-request', 'input.0.type'],
  ['an item of a hosted tool', { ...hello, input: [{ type: 'mcp_call' }] }, 'unsupported-field', 'input.0.type'],
  [
    'a file',
    { ...hello, input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }] },
    'unsupported-field',
    'input.0.content.0.type',
  ],
  [
    'an image by file id',
    { ...hello, input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }] },
    'unsupported-field',
    'input.0.content.0',
  ],
  [
    'an image where only text may be',
    { ...hello, input: [{ role: 'system', content: [{ type: 'input_image', image_url: 'https://a.example/b.png' }] }] },
    'unsupported-field',
    'input.0.content.0',
  ],
  [
    'an image at a file address',
    { ...hello, input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'file:///etc/passwd' }] }] },
    'invalid-request',
    'input.0.content.0.image_url',
  ],
  ['a reference to nothing', { ...hello, input: [{ id: 'msg_x_0' }] }, 'not-found', 'input.0.id'],
  ['a reference that is none', { ...hello, input: [{ id: '../../etc' }] }, 'not-found', 'input.0.id'],
  [
    'a previous response that is not there',
    { ...hello, previous_response_id: 'resp_0' },
    'not-found',
    'previous_response_id',
  ],
  ['a hosted tool', { ...hello, tools: [{ type: 'web_search' }] }, 'unsupported-field', 'tools.0.type'],
  ['a tool without a name', { ...hello, tools: [{ type: 'function' }] }, 'invalid-request', 'tools.0.name'],
  [
    'a choice of no tool',
    { ...hello, tool_choice: { type: 'function', name: 'x' } },
    'invalid-request',
    'tool_choice.name',
  ],
  ['a required tool without tools', { ...hello, tool_choice: 'required' }, 'invalid-request', 'tool_choice'],
  ['a conversation object', { ...hello, conversation: 'conv_1' }, 'unsupported-field', 'conversation'],
  ['a stored prompt', { ...hello, prompt: { id: 'p' } }, 'unsupported-field', 'prompt'],
  ['truncation by itself', { ...hello, truncation: 'auto' }, 'unsupported-field', 'truncation'],
  ['no tokens at all', { ...hello, max_output_tokens: 0 }, 'invalid-request', 'max_output_tokens'],
  ['a temperature of 9', { ...hello, temperature: 9 }, 'invalid-request', 'temperature'],
  ['metadata that is no text', { ...hello, metadata: { a: 1 } }, 'invalid-request', 'metadata.a'],
  [
    'a schema that is none',
    { ...hello, text: { format: { type: 'json_schema', name: 'x' } } },
    'invalid-request',
    undefined,
  ],
  [
    'JSON from a model that cannot',
    { ...hello, text: { format: { type: 'json_object' } } },
    'unsupported-field',
    undefined,
  ],
]

describe('bad input to /v1/responses', () => {
  it.each(bad)('%s gets a clear error and reaches no model', async (_name, body, code, param) => {
    await using edge = await startScriptedEdge(scripted)
    const response = await edge.post(body, {}, path)
    const { error } = (await response.json()) as { error: { code: string; message: string; param: string | null } }
    expect(error.code, error.message).toBe(code)
    expect(response.status).toBe(code === 'not-found' ? 404 : 400)
    if (param !== undefined) expect(error.param).toBe(param)
    expect(error.message).not.toContain('SECRET')
    expect(edge.local.calls).toHaveLength(0)
    expect(edge.bugs).toEqual([])
  })

  it.each(['limit=0', 'limit=many', 'order=sideways', 'after=nothing'])('%s is refused for a list', async (query) => {
    await using edge = await startScriptedEdge(scripted)
    const { id } = await created(await edge.post(hello, {}, path))
    const response = await edge.get(`${path}/${id}/input_items?${query}`)
    expect([response.status, await response.json()]).toMatchObject([400, { error: { param: query.split('=')[0] } }])
  })
})

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { parseChatRequest } from '../../src/openai/chat-request.ts'
import { chatCompletion } from '../../src/openai/chat-response.ts'
import { createChatStreamEncoder } from '../../src/openai/chat-stream.ts'
import { errorBody, errorHeaders } from '../../src/openai/error-body.ts'
import { parseJsonBody } from '../../src/openai/json-body.ts'
import { sseComment } from '../../src/openai/sse.ts'
import { asEdgewiseError, EdgewiseError } from '../../src/spec/errors.ts'
import type { StreamPart } from '../../src/spec/stream-part.ts'

const usage = { promptTokens: 3, completionTokens: 2 }
const place: StreamPart = { type: 'placement', placement: 'local', model: 'small', reason: 'only-edge' }
const answer: readonly StreamPart[] = [
  place,
  { type: 'text-delta', text: 'Hello' },
  { type: 'text-delta', text: ' 😀' },
  { type: 'finish', reason: 'stop', usage },
]

/** The smallest server over this wire, and the ordinary client in front of it. */
async function serve(parts: readonly (StreamPart | EdgewiseError)[]) {
  const seen: unknown[] = []
  const server = createServer(async (request, response) => {
    try {
      const text = (await request.setEncoding('utf8').toArray()).join('')
      const chat = parseChatRequest({ body: parseJsonBody({ text }), id: 'request-1' })
      seen.push(chat)
      const head = { id: 'chatcmpl-1', created: 1_750_000_000, model: chat.request.model }
      if (!chat.stream) {
        const given = parts.filter((part) => !(part instanceof Error)) as StreamPart[]
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify(chatCompletion({ ...head, parts: given })))
        return
      }
      const encoder = createChatStreamEncoder({ ...head, includeUsage: chat.includeUsage })
      response.setHeader('content-type', 'text/event-stream')
      response.write(sseComment())
      for (const part of parts) response.write(part instanceof Error ? encoder.error(part) : encoder.push(part))
      response.end()
    } catch (thrown) {
      const error = asEdgewiseError(thrown)
      response.writeHead(error.status, { 'content-type': 'application/json', ...errorHeaders(error) })
      response.end(JSON.stringify(errorBody(error)))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const client = new OpenAI({ apiKey: 'any', baseURL: `http://127.0.0.1:${port}/v1`, maxRetries: 0 })
  return {
    client,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const messages = [{ role: 'user' as const, content: 'hi' }]

describe('the openai client', () => {
  it('reads a whole answer', async () => {
    await using wire = await serve(answer)
    const completion = await wire.client.chat.completions.create({ model: 'auto', messages })
    expect(completion.choices[0]?.message.content).toBe('Hello 😀')
    expect(completion.usage?.total_tokens).toBe(5)
    expect(completion).toMatchObject({ edgewise: { placement: 'local', model: 'small', reason: 'only-edge' } })
  })

  it('reads a stream with usage and the place it came from', async () => {
    await using wire = await serve(answer)
    const options = { stream: true, stream_options: { include_usage: true } } as const
    const chunks = await Array.fromAsync(
      await wire.client.chat.completions.create({ model: 'auto', messages, ...options }),
    )
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('Hello 😀')
    expect(chunks.at(-1)?.usage?.total_tokens).toBe(5)
    expect(chunks.at(-2)).toMatchObject({ edgewise: { placement: 'local' } })
  })

  it('runs its own stream helper over tool calls', async () => {
    await using wire = await serve([
      { type: 'tool-call-delta', index: 0, id: 'call_1', name: 'weather', arguments: '{"city"' },
      { type: 'tool-call-delta', index: 0, arguments: ':"Oslo"}' },
      { type: 'finish', reason: 'tool-calls', usage },
    ])
    const parameters = { type: 'object', properties: { city: { type: 'string' } } }
    const tools = [{ type: 'function' as const, function: { name: 'weather', parameters } }]
    const stream = wire.client.chat.completions.stream({ model: 'auto', messages, tools, tool_choice: 'required' })
    const { message, finish_reason } = (await stream.finalChatCompletion()).choices[0] ?? {}
    expect(finish_reason).toBe('tool_calls')
    expect(message?.tool_calls?.[0]).toMatchObject({
      id: 'call_1',
      function: { name: 'weather', arguments: '{"city":"Oslo"}' },
    })
    expect(wire.seen).toMatchObject([{ request: { toolChoice: 'required', tools: [{ name: 'weather' }] } }])
  })

  it('throws when a stream ends in an error event, with the text so far in hand', async () => {
    await using wire = await serve([...answer.slice(0, 2), new EdgewiseError('stream-cut', 'the answer broke off')])
    const stream = await wire.client.chat.completions.create({ model: 'auto', messages, stream: true })
    let text = ''
    const reading = (async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
    })()
    await expect(reading).rejects.toMatchObject({ code: 'stream-cut', message: expect.stringContaining('broke off') })
    expect(text).toBe('Hello')
  })

  it('throws its own class of error with our code and the field', async () => {
    await using wire = await serve(answer)
    const asked = wire.client.chat.completions.create({ model: 'auto', messages, n: 5 })
    await expect(asked).rejects.toBeInstanceOf(OpenAI.BadRequestError)
    await expect(asked).rejects.toMatchObject({ status: 400, code: 'unsupported-field', param: 'n' })
  })
})

import { HumanMessage, ToolMessage } from '@langchain/core/messages'
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MockAnswer, RecordedRequest } from '../../../src/testing/mock-upstream.ts'
import { recordingFetch, startClientEdge } from './client-edge.ts'

const question = 'Intent: how do i reset my pin'
const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const weather = {
  type: 'function' as const,
  function: { name: 'weather', description: 'Tells the weather', parameters },
}

function answer({ body }: RecordedRequest): MockAnswer {
  const { messages, tools } = body as {
    readonly messages: readonly { readonly role: string }[]
    readonly tools?: unknown
  }
  if (tools === undefined || messages.some(({ role }) => role === 'tool')) return { pieces: ['It', ' rains.'] }
  return { pieces: [], toolCalls: [{ id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' }] }
}

/** Its generic messages lose the type of this field. */
function usageOf(message: { readonly usage_metadata?: unknown }) {
  return message.usage_metadata as { readonly input_tokens: number; readonly output_tokens: number }
}

describe('LangChain before a real edge', () => {
  const wire = recordingFetch()
  let edge: Awaited<ReturnType<typeof startClientEdge>>
  let model: (more?: object, mode?: string) => ChatOpenAI
  beforeAll(async () => {
    edge = await startClientEdge(answer)
    const { baseURL, apiKey } = edge
    model = (more = {}, mode = 'prefer-edge') =>
      new ChatOpenAI({
        model: 'auto',
        temperature: 0,
        apiKey,
        maxRetries: 0,
        configuration: { baseURL, fetch: wire.fetch, defaultHeaders: { 'x-edgewise-mode': mode } },
        ...more,
      })
  })
  afterAll(async () => {
    expect(await wire.validate()).toBeGreaterThan(10)
    await edge[Symbol.asyncDispose]()
  })

  it('invokes and streams the same text by chat and by responses, with the same usage', async () => {
    const whole = await model().invoke(question)
    expect(whole.text).toMatch(/^[a-z_]+$/)
    const { input_tokens, output_tokens } = usageOf(whole)
    expect(output_tokens).toBeGreaterThan(0)
    for (const useResponsesApi of [false, true]) {
      const chunks = await Array.fromAsync(await model({ useResponsesApi }).stream(question))
      expect(chunks.map(({ text }) => text).join('')).toBe(whole.text)
      const again = await model({ useResponsesApi }).invoke(question)
      expect(again.text).toBe(whole.text)
      expect(usageOf(again)).toMatchObject({ input_tokens, output_tokens })
    }
  })

  it.each([false, true])('binds a tool and goes on with what it gave (responses: %s)', async (useResponsesApi) => {
    const bound = model({ useResponsesApi }, 'only-cloud').bindTools([weather])
    const asked = new HumanMessage('Is it raining?')
    const called = await bound.invoke([asked])
    expect(called.tool_calls).toMatchObject([{ name: 'weather', args: { city: 'Oslo' }, id: 'call_1' }])
    const chunks = await Array.fromAsync(await bound.stream([asked]))
    expect(
      chunks
        .flatMap(({ tool_call_chunks: pieces = [] }) => pieces)
        .map(({ args }) => args ?? '')
        .join(''),
    ).toContain('Oslo')
    const result = new ToolMessage({ content: 'rain', tool_call_id: 'call_1' })
    expect((await bound.invoke([asked, called, result])).text).toBe('It rains.')
  })

  it('embeds a query and documents', async () => {
    const embeddings = new OpenAIEmbeddings({
      model: 'text-embedding-3-small',
      apiKey: edge.apiKey,
      maxRetries: 0,
      configuration: { baseURL: edge.baseURL, fetch: wire.fetch },
    })
    const query = await embeddings.embedQuery('the pump is hot')
    const documents = await embeddings.embedDocuments(['a cold valve', 'the pump is hot'])
    expect(documents[1]).toEqual(query)
    expect(query).toHaveLength(32)
  })
})

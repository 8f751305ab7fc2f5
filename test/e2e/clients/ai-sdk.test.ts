import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { embed, embedMany, generateText, jsonSchema, Output, stepCountIs, streamText, tool } from 'ai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MockAnswer, RecordedRequest } from '../../../src/testing/mock-upstream.ts'
import { recordingFetch, startClientEdge } from './client-edge.ts'

const prompt = 'Intent: how do i reset my pin'

/** Calls the tool once, and speaks when it has been answered. */
function answer({ body }: RecordedRequest): MockAnswer {
  const {
    messages,
    tools,
    response_format: format,
  } = body as {
    readonly messages: readonly { readonly role: string }[]
    readonly tools?: unknown
    readonly response_format?: unknown
  }
  if (format !== undefined) return { pieces: ['{"city":', '"Oslo"}'] }
  if (tools === undefined || messages.some(({ role }) => role === 'tool')) return { pieces: ['It', ' rains.'] }
  return { pieces: [], toolCalls: [{ id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' }] }
}

describe('the AI SDK before a real edge', () => {
  const wire = recordingFetch()
  let edge: Awaited<ReturnType<typeof startClientEdge>>
  let near: ReturnType<typeof createOpenAICompatible>
  let far: ReturnType<typeof createOpenAICompatible>
  beforeAll(async () => {
    edge = await startClientEdge(answer)
    const { baseURL, apiKey } = edge
    const common = { name: 'edgewise', baseURL, apiKey, fetch: wire.fetch, includeUsage: true }
    near = createOpenAICompatible(common)
    const headers = { 'x-edgewise-mode': 'only-cloud' }
    far = createOpenAICompatible({ ...common, headers, supportsStructuredOutputs: true })
  })
  afterAll(async () => {
    expect(await wire.validate()).toBeGreaterThan(10)
    await edge[Symbol.asyncDispose]()
  })

  it('generates and streams the same text, with the same usage', async () => {
    const whole = await generateText({ model: near('auto'), prompt, temperature: 0 })
    expect(whole.text).toMatch(/^[a-z_]+$/)
    const stream = streamText({ model: near('auto'), prompt, temperature: 0 })
    expect((await Array.fromAsync(stream.textStream)).join('')).toBe(whole.text)
    expect((await stream.usage).inputTokens).toBe(whole.usage.inputTokens)
    expect(whole.usage.outputTokens).toBeGreaterThan(0)
  })

  it('runs a tool and goes on with what it gave, streamed too', async () => {
    const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } as const
    const weather = tool({
      inputSchema: jsonSchema<{ readonly city: string }>(schema),
      execute: async ({ city }) => `rain in ${city}`,
    })
    const asked = {
      model: far('auto'),
      prompt: 'Is it raining?',
      tools: { weather },
      stopWhen: stepCountIs(3),
      maxRetries: 0,
    }
    const whole = await generateText(asked)
    expect(whole.text).toBe('It rains.')
    expect(whole.steps[0]?.toolResults).toMatchObject([{ toolName: 'weather', output: 'rain in Oslo' }])
    const stream = streamText(asked)
    expect((await Array.fromAsync(stream.textStream)).join('')).toBe('It rains.')
    expect((await stream.steps)[0]?.toolCalls).toMatchObject([{ toolName: 'weather', input: { city: 'Oslo' } }])
  })

  it('gets an object by a schema', async () => {
    const schema = jsonSchema<{ readonly city: string }>({ type: 'object', properties: { city: { type: 'string' } } })
    const { output } = await generateText({ model: far('auto'), prompt: 'Where?', output: Output.object({ schema }) })
    expect(output).toEqual({ city: 'Oslo' })
  })

  it('embeds one text and many', async () => {
    const model = near.embeddingModel('text-embedding-3-small')
    const { embedding, usage } = await embed({ model, value: 'the pump is hot' })
    const { embeddings } = await embedMany({ model, values: ['a cold valve', 'the pump is hot'] })
    expect(embeddings[1]).toEqual(embedding)
    expect(usage.tokens).toBe(6)
  })

  it('completes a raw prompt', async () => {
    const raw = `<|bos|><|user|>${prompt}<|end|><|assistant|>`
    const { text } = await generateText({ model: near.completionModel('auto'), prompt: raw, temperature: 0 })
    expect(text.length).toBeGreaterThan(0)
    expect(edge.decisions.at(-1)).toMatchObject({ outcome: 'answered', plan: { placement: 'local' } })
  })

  it('stops the work when it is aborted', async () => {
    const controller = new AbortController()
    const before = edge.decisions.length
    const stream = streamText({
      model: near('auto'),
      prompt: 'Question: What is anemia?',
      seed: 5,
      temperature: 1,
      abortSignal: controller.signal,
      onError: () => undefined,
    })
    for await (const _text of stream.textStream) {
      controller.abort()
      break
    }
    await expect.poll(() => edge.decisions.length).toBe(before + 1)
  })
})

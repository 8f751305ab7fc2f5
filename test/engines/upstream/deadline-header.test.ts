import { expect, it } from 'vitest'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { startMockUpstream } from '../../../src/testing/mock-upstream.ts'
import { sanitised, upstreamAt } from './mock-model.ts'

it('tells a server how long its caller still waits, if that server is one to tell', async () => {
  await using mock = await startMockUpstream()
  const clock = createFakeClock()
  await clock.advance(5_000)
  const ask = async (options: object, deadlineAt?: number) => {
    await using generator = upstreamAt(mock.baseUrl, { clock, ...options })
    const request = sanitised(deadlineAt === undefined ? {} : { deadlineAt })
    for await (const _part of generator.generate(request, new AbortController().signal));
    const { headers, body } = await mock.nextRequest()
    expect(JSON.stringify(body)).not.toContain('deadline')
    return headers['x-edgewise-deadline-ms']
  }
  const told = { deadlineHeader: 'x-edgewise-deadline-ms' }
  expect(await ask(told, 6_500.7)).toBe('1500')
  expect(await ask(told, 4_000)).toBe('1')
  expect(await ask(told)).toBe(undefined)
  expect(await ask({}, 6_500)).toBe(undefined)
})

it('reads what an answer cost when its currency stands beside it', async () => {
  const usage = { prompt_tokens: 2, completion_tokens: 1, total_tokens: 3 }
  const finishOf = async (more: object) => {
    const choices = [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }]
    const writes = [JSON.stringify({ id: 'a', choices, usage: { ...usage, ...more } })]
    await using mock = await startMockUpstream()
    mock.fail({ kind: 'raw', writes, contentType: 'application/json' })
    await using generator = upstreamAt(mock.baseUrl)
    const parts = await Array.fromAsync(generator.generate(sanitised(), new AbortController().signal))
    return parts.at(-1)
  }
  const expected = { usage: { promptTokens: 2, completionTokens: 1, cost: { micros: 7000, currency: 'EUR' } } }
  expect(await finishOf({ cost: 0.007, currency: 'EUR' })).toMatchObject(expected)
  for (const odd of [
    { cost: 0.007 },
    { cost: -1, currency: 'EUR' },
    { cost: '1', currency: 'EUR' },
    { currency: 'EUR' },
  ]) {
    expect(await finishOf(odd)).toMatchObject({ usage: { promptTokens: 2, completionTokens: 1 } })
    expect(await finishOf(odd)).not.toHaveProperty('usage.cost')
  }
})

import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { graceMs } from '../../../src/edge/coalescing/shared-answer.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { scriptedAnswer } from '../../../src/testing/scripted-generator.ts'
import { key, startScriptedEdge } from '../scripted-edge.ts'

const hello = { model: 'auto', messages: [{ role: 'user' as const, content: 'hello' }] }
const attempt = (retries: number) => ({ 'x-stainless-retry-count': String(retries) })
const named = (name: string) => ({ 'idempotency-key': name })

/** A local model that waits for `open` in its first answer; further answers say which one they are. */
async function gated(more: object = {}) {
  const { promise, resolve: open } = Promise.withResolvers<void>()
  const localScript = [[promise, ...scriptedAnswer(['first', ' answer'])], scriptedAnswer(['second answer'])]
  return { edge: await startScriptedEdge({ localScript, ...more }), open }
}

/** A client that leaves when it is told to. */
function leaving(edge: { readonly url: string }, body: object, headers: Record<string, string>) {
  const client = new AbortController()
  const answer = fetch(`${edge.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: client.signal,
  })
  answer.catch(() => undefined)
  return { answer, leave: () => client.abort() }
}

describe('attempts at one request', () => {
  it('share one generation: a real client that timed out gets the answer to its first attempt', async () => {
    const { edge, open } = await gated()
    await using _ = edge
    const client = new OpenAI({ baseURL: `${edge.url}/v1`, apiKey: key, maxRetries: 1, timeout: 300 })
    const asked = client.chat.completions.create(hello)
    await expect.poll(() => edge.joins.length, { timeout: 5000 }).toBe(1)
    open()
    const { id, choices } = await asked
    expect(choices[0]?.message.content).toBe('first answer')
    expect(edge.local.calls).toHaveLength(1)
    expect(edge.decisions).toMatchObject([{ requestId: id, outcome: 'answered', joins: 1 }])
  })

  it('share it in a stream too, from its first word', async () => {
    const gate = Promise.withResolvers<void>()
    const localScript = [[...scriptedAnswer(['one ']).slice(0, 1), gate.promise, ...scriptedAnswer(['two'])]]
    await using edge = await startScriptedEdge({ localScript })
    const first = await edge.post({ ...hello, stream: true }, attempt(0))
    const second = await edge.post({ ...hello, stream: true }, attempt(1))
    expect(second.headers.get('x-edgewise-joined')).toBe('true')
    expect(second.headers.get('x-edgewise-request-id')).toBe(first.headers.get('x-edgewise-request-id'))
    gate.resolve()
    const [text, again] = await Promise.all([first.text(), second.text()])
    expect(again).toBe(text)
    expect(text).toContain('one ')
    expect(text).toContain('[DONE]')
    expect(edge.local.calls).toHaveLength(1)
  })

  it('run alone when the client counts none, or counts from 0: the same question may be meant twice', async () => {
    await using edge = await startScriptedEdge({ localScript: [scriptedAnswer(['a']), scriptedAnswer(['b'])] })
    for (const headers of [{}, {}, attempt(0), attempt(0)]) await (await edge.post(hello, headers)).text()
    expect(edge.local.calls).toHaveLength(4)
    expect(edge.joins).toEqual([])
  })

  it('join an answer that was whole before the client had it, for a minute', async () => {
    const clock = createFakeClock()
    const localScript = [scriptedAnswer(['a']), scriptedAnswer(['b'])]
    await using edge = await startScriptedEdge({ localScript, coalescingClock: clock })
    const first = await (await edge.post(hello, named('k'))).json()
    const second = await edge.post(hello, named('k'))
    expect(await second.json()).toEqual(first)
    expect(second.headers.get('x-edgewise-placement')).toBe('local')
    expect(edge.joins).toEqual([{ requestId: 'chatcmpl-1', joins: 1, wasWhole: true }])
    await clock.advance(60_000)
    expect(edge.coalescer.keptBytes).toBe(0)
    await edge.post(hello, named('k'))
    expect(edge.local.calls).toHaveLength(2)
  })

  it('take an answer that nobody got before one that somebody got', async () => {
    const gate = Promise.withResolvers<void>()
    const localScript = [scriptedAnswer(['delivered']), [gate.promise, ...scriptedAnswer(['lost'])]]
    const clock = createFakeClock()
    await using edge = await startScriptedEdge({ localScript, coalescingClock: clock })
    await (await edge.post(hello, attempt(0))).text()
    const { leave, answer } = leaving(edge, hello, attempt(0))
    await expect.poll(() => edge.local.calls.length).toBe(2)
    leave()
    await expect(answer).rejects.toThrow()
    // The time to keep the first, and the time to wait for the client of the second.
    await expect.poll(() => clock.pendingDelays).toBe(2)
    const kept = edge.coalescer.keptBytes
    gate.resolve()
    await expect.poll(() => edge.coalescer.keptBytes).toBeGreaterThan(kept)
    expect(await (await edge.post(hello, attempt(1))).text()).toContain('lost')
    expect(edge.local.calls).toHaveLength(2)
  })

  it.each([
    ['another key', { authorization: 'Bearer ew-other-key-0123456789' }, hello],
    ['another body', {}, { ...hello, max_tokens: 3 }],
    ['other wishes', { 'x-edgewise-mode': 'only-edge' }, hello],
  ])('never cross %s', async (_, headers: object, body) => {
    await using edge = await startScriptedEdge({ localScript: [scriptedAnswer(['a']), scriptedAnswer(['b'])] })
    await (await edge.post(hello, attempt(0))).text()
    const second = await edge.post(body, { ...attempt(1), ...headers })
    expect(second.headers.get('x-edgewise-joined')).toBe(null)
    expect(edge.local.calls).toHaveLength(2)
  })

  it('are refused under an Idempotency-Key that stands for another request', async () => {
    await using edge = await startScriptedEdge({ localScript: [scriptedAnswer(['a'])] })
    await (await edge.post(hello, named('k'))).text()
    const refused = await edge.post({ ...hello, max_tokens: 3 }, named('k'))
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({ error: { code: 'idempotency-mismatch', param: 'idempotency-key' } })
    const bad = await edge.post(hello, named('x'.repeat(256)))
    expect(bad.status).toBe(400)
    expect(edge.local.calls).toHaveLength(1)
  })

  it('run anew after one that failed', async () => {
    const localScript = [[new Error('out of luck')], scriptedAnswer(['better'])]
    await using edge = await startScriptedEdge({ localScript })
    expect((await edge.post(hello, named('k'))).status).toBe(500)
    const second = await edge.post(hello, named('k'))
    expect(await second.text()).toContain('better')
    expect(second.headers.get('x-edgewise-joined')).toBe(null)
  })

  it('are told the same refusal when they wait for the same answer', async () => {
    const gate = Promise.withResolvers<void>()
    await using edge = await startScriptedEdge({ localScript: [[gate.promise, new Error('out of luck')]] })
    const both = [edge.post(hello, named('k')), edge.post(hello, named('k'))]
    await expect.poll(() => edge.joins.length).toBe(1)
    gate.resolve()
    for (const response of await Promise.all(both)) {
      expect(response.status).toBe(500)
      expect(response.headers.get('x-edgewise-request-id')).toBe('chatcmpl-1')
    }
    expect(edge.decisions).toHaveLength(1)
  })
})

describe('work that nobody waits for', () => {
  it('goes on for two seconds when its client may come back', async () => {
    const clock = createFakeClock()
    const { edge, open } = await gated({ coalescingClock: clock })
    await using _ = edge
    const { leave } = leaving(edge, hello, attempt(0))
    await expect.poll(() => edge.local.calls.length).toBe(1)
    leave()
    await expect.poll(() => clock.pendingDelays).toBe(1)
    await clock.advance(graceMs - 1)
    expect(edge.local.calls[0]?.outcome).toBe('running')
    const second = edge.post(hello, attempt(1))
    await expect.poll(() => edge.joins.length).toBe(1)
    await clock.advance(graceMs)
    open()
    expect(await (await second).text()).toContain('first answer')
    expect(edge.decisions).toMatchObject([{ outcome: 'answered', joins: 1 }])
  })

  it('stops then, when the client did not come back', async () => {
    const clock = createFakeClock()
    const { edge } = await gated({ coalescingClock: clock })
    await using _ = edge
    const { leave } = leaving(edge, hello, attempt(0))
    await expect.poll(() => edge.local.calls.length).toBe(1)
    leave()
    await expect.poll(() => clock.pendingDelays).toBe(1)
    await clock.advance(graceMs)
    await expect.poll(() => edge.decisions[0]?.outcome).toBe('aborted')
    expect(edge.local.calls[0]?.signal.aborted).toBe(true)
    expect(clock.pendingDelays).toBe(0)
  })

  it.each([
    ['its client says nothing of attempts', { ...hello }, {}],
    ['its client saw the answer begin, which no client of OpenAI repeats', { ...hello, stream: true }, attempt(0)],
  ])('stops at once when %s', async (_, body, headers) => {
    const clock = createFakeClock()
    const localScript = [[{ type: 'text-delta', text: 'a' } as const, new Promise(() => undefined)]]
    await using edge = await startScriptedEdge({ localScript, coalescingClock: clock })
    const { leave, answer } = leaving(edge, body, headers)
    await ('stream' in body ? answer.then((response) => response.body?.getReader().read()) : undefined)
    await expect.poll(() => edge.local.calls[0]?.given.length).toBe(1)
    leave()
    await expect.poll(() => edge.decisions[0]?.outcome).toBe('aborted')
    expect(edge.local.calls[0]?.signal.aborted).toBe(true)
    expect(clock.pendingDelays).toBe(0)
  })

  it('ends at the deadline of the attempts', async () => {
    await using edge = await startScriptedEdge({ localScript: [[new Promise(() => undefined)]] })
    const headers = { ...named('k'), 'x-edgewise-deadline-ms': '300' }
    const answers = await Promise.all([edge.post(hello, headers), edge.post(hello, headers)])
    expect(answers.map(({ status }) => status)).toEqual([504, 504])
    await expect.poll(() => edge.local.calls[0]?.outcome).toBe('aborted')
    expect(edge.decisions).toMatchObject([{ errorCode: 'deadline-exceeded', joins: 1 }])
  })
})

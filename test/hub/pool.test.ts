import { describe, expect, it } from 'vitest'
import { affinityMargin } from '../../src/hub/affinity.ts'
import { createPool, type PoolMember } from '../../src/hub/pool.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { createScriptedGenerator, type ScriptStep, scriptedAnswer } from '../../src/testing/scripted-generator.ts'
import { answer, failing, forever, request, setUp, textOf } from './scripted-pool.ts'

describe('a pool', () => {
  it('keeps a conversation on one member and spreads different ones', async () => {
    const { pool, calls } = setUp({ a: [answer('a')], b: [answer('b')] })
    const first = await textOf(pool.generate(request({ conversation: 'c1' }), forever))
    for (let turn = 0; turn < 5; turn += 1) {
      expect(await textOf(pool.generate(request({ conversation: 'c1', id: `r${turn}` }), forever))).toBe(first)
    }
    for (let index = 0; index < 30; index += 1) {
      await textOf(pool.generate(request({ conversation: `other-${index}` }), forever))
    }
    expect(calls('a')).toBeGreaterThan(5)
    expect(calls('b')).toBeGreaterThan(5)
  })

  it('gives way when the own member is busy, and comes back when it is not', async () => {
    const gate = Promise.withResolvers<void>()
    const slow = [gate.promise, ...scriptedAnswer(['slow'])]
    const { pool } = setUp({ a: [slow], b: [slow] })
    const running = Array.from({ length: affinityMargin + 1 }, () =>
      textOf(pool.generate(request({ conversation: 'c1' }), forever)),
    )
    const outstanding = pool.members().map((member) => member.outstanding)
    expect(outstanding.toSorted()).toEqual([1, affinityMargin])
    gate.resolve()
    await Promise.all(running)
    expect(pool.members().map((member) => member.outstanding)).toEqual([0, 0])
  })

  it('sends requests without a conversation to the least busy member', async () => {
    const gate = Promise.withResolvers<void>()
    const slow = [gate.promise, ...scriptedAnswer(['slow'])]
    const { pool } = setUp({ a: [slow], b: [slow], c: [slow] })
    const running = Array.from({ length: 9 }, (_, index) =>
      textOf(pool.generate(request({ id: `r${index}` }), forever)),
    )
    expect(pool.members().map((member) => member.outstanding)).toEqual([3, 3, 3])
    gate.resolve()
    await Promise.all(running)
  })

  it.each(['link-down', 'upstream-timeout', 'upstream-failed', 'overloaded', 'upstream-rejected'] as const)(
    'asks another member when one fails with %s before its first part',
    async (code) => {
      const { pool, calls } = setUp({ a: [failing(code)], b: [answer('b')] })
      for (let index = 0; index < 8; index += 1) {
        expect(await textOf(pool.generate(request({ id: `r${index}` }), forever))).toBe('by b')
      }
      expect(calls('b')).toBe(8)
      expect(calls('a')).toBeGreaterThan(0)
    },
  )

  it('never asks another member after the first part', async () => {
    const cut: ScriptStep[] = [{ type: 'text-delta', text: 'half' }, new EdgewiseError('stream-cut', 'cut')]
    const { pool, calls } = setUp({ a: [cut], b: [cut] })
    let text = ''
    const reading = async () => {
      for await (const part of pool.generate(request(), forever)) if (part.type === 'text-delta') text += part.text
    }
    await expect(reading()).rejects.toMatchObject({ code: 'stream-cut' })
    expect(text).toBe('half')
    expect(calls('a') + calls('b')).toBe(1)
  })

  it.each(['context-exceeded', 'invalid-request'] as const)(
    'does not retry %s, which is about the request',
    async (code) => {
      const { pool, calls } = setUp({ a: [failing(code)], b: [failing(code)] })
      for (let index = 0; index < 5; index += 1) {
        await expect(textOf(pool.generate(request({ id: `r${index}` }), forever))).rejects.toMatchObject({ code })
      }
      expect(calls('a') + calls('b')).toBe(5)
      expect(pool.members().every(({ unavailable }) => unavailable === undefined)).toBe(true)
    },
  )

  it('tries three members at most, and throws what the last one threw', async () => {
    const { pool, calls } = setUp({
      a: [failing('link-down')],
      b: [failing('link-down')],
      c: [failing('link-down')],
      d: [failing('link-down')],
    })
    await expect(textOf(pool.generate(request(), forever))).rejects.toMatchObject({ code: 'link-down' })
    expect(['a', 'b', 'c', 'd'].reduce((sum, name) => sum + calls(name), 0)).toBe(3)
  })

  it('does not try another member for a client that has gone', async () => {
    const client = new AbortController()
    const gate = Promise.withResolvers<void>()
    const { pool, calls, generators } = setUp({ a: [[gate.promise]], b: [[gate.promise]] })
    const reading = textOf(pool.generate(request(), client.signal))
    client.abort()
    await expect(reading).rejects.toMatchObject({ code: 'aborted' })
    expect(calls('a') + calls('b')).toBe(1)
    expect([...(generators.a?.calls ?? []), ...(generators.b?.calls ?? [])][0]?.outcome).toBe('aborted')
    expect(pool.members().map((member) => member.outstanding)).toEqual([0, 0])
  })

  it('does not try another member when the time for the request is over', async () => {
    const timer = new AbortController()
    let calls = 0
    const stalling = (name: string): PoolMember => ({
      name,
      generator: {
        model: 'big',
        capabilities: new Set(),
        unavailable: () => undefined,
        async *generate(_request, signal) {
          calls += 1
          await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        },
        async [Symbol.asyncDispose]() {},
      },
    })
    await using pool = createPool({ members: [stalling('a'), stalling('b')], clock: createFakeClock() })
    const reading = textOf(pool.generate(request(), timer.signal))
    timer.abort(new EdgewiseError('request-timeout', 'too late'))
    await expect(reading).rejects.toMatchObject({ code: 'request-timeout' })
    expect(calls).toBe(1)
  })
})

describe('the models of a pool', () => {
  it('are listed once, with what every member of them can do', async () => {
    const members: PoolMember[] = [
      {
        name: 'a',
        generator: createScriptedGenerator({ model: 'big', script: [], capabilities: ['tools', 'logprobs'] }),
      },
      {
        name: 'b',
        generator: createScriptedGenerator({ model: 'big', script: [], capabilities: ['logprobs', 'json'] }),
      },
      { name: 'c', generator: createScriptedGenerator({ model: 'small', script: [], capabilities: [] }) },
    ]
    await using pool = createPool({ members, clock: createFakeClock() })
    expect(pool.models).toEqual([
      { id: 'big', capabilities: ['logprobs'] },
      { id: 'small', capabilities: [] },
    ])
  })

  it('are answered by a member that can do what the request asks', async () => {
    const able = createScriptedGenerator({ model: 'big', script: [answer('able')], capabilities: ['logprobs'] })
    const unable = createScriptedGenerator({ model: 'big', script: [answer('unable')], capabilities: [] })
    const members = [
      { name: 'unable', generator: unable },
      { name: 'able', generator: able },
    ]
    await using pool = createPool({ members, clock: createFakeClock() })
    for (let index = 0; index < 5; index += 1) {
      expect(await textOf(pool.generate(request({ id: `r${index}`, topLogprobs: 2 }), forever))).toBe('by able')
    }
    const asksTools = request({ tools: [{ name: 'f' }] })
    await expect(textOf(pool.generate(asksTools, forever))).rejects.toMatchObject({
      code: 'unsupported-field',
      param: 'tools',
    })
  })

  it('are named when an unknown one is asked for', async () => {
    const { pool } = setUp({ a: [answer('a')] })
    const asking = textOf(pool.generate(request({ model: 'gpt' }), forever))
    await expect(asking).rejects.toMatchObject({ code: 'model-not-found', param: 'model' })
    await expect(asking).rejects.toThrow(/It offers: big/)
  })
})

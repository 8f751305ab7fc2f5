import { describe, expect, it } from 'vitest'
import { affinityMargin } from '../../src/hub/affinity.ts'
import { createPool, type PoolMember } from '../../src/hub/pool.ts'
import { admitSanitised } from '../../src/privacy/admit.ts'
import { EdgewiseError, type ErrorCode } from '../../src/spec/errors.ts'
import type { SanitisedRequest } from '../../src/spec/outbound.ts'
import type { InferenceRequest } from '../../src/spec/request.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { createScriptedGenerator, type ScriptStep, scriptedAnswer } from '../../src/testing/scripted-generator.ts'

const forever = new AbortController().signal

function request(changes: Partial<InferenceRequest> = {}): SanitisedRequest {
  const sampling = { temperature: 0, topP: 1, topK: 0 }
  return admitSanitised({
    id: 'r',
    model: 'big',
    messages: [{ role: 'user', content: 'x' }],
    sampling,
    stop: [],
    ...changes,
  })
}

function failing(code: ErrorCode): ScriptStep[] {
  return [new EdgewiseError(code, `scripted ${code}`)]
}

function setUp(scripts: Record<string, readonly (readonly ScriptStep[])[]>) {
  const clock = createFakeClock()
  const generators = Object.fromEntries(
    Object.entries(scripts).map(([name, script]) => [name, createScriptedGenerator({ model: 'big', script })]),
  )
  const members = Object.entries(generators).map(([name, generator]) => ({ name, generator }))
  const pool = createPool({ members, clock })
  const calls = (name: string) => generators[name]?.calls.length ?? 0
  return { clock, generators, pool, calls }
}

async function textOf(parts: AsyncIterable<{ readonly type: string }>): Promise<string> {
  let text = ''
  for await (const part of parts) if ('text' in part) text += String(part.text)
  return text
}

const answer = (name: string) => scriptedAnswer([`by ${name}`])

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

describe('the health of a pool', () => {
  it('leaves a member alone after three failures in a row, each time for longer', async () => {
    const { pool, calls, clock } = setUp({ a: [failing('link-down')] })
    const ask = () => textOf(pool.generate(request(), forever)).catch((error: EdgewiseError) => error.code)
    for (let index = 0; index < 3; index += 1) expect(await ask()).toBe('link-down')
    expect(await ask()).toBe('engine-unavailable')
    expect(calls('a')).toBe(3)
    for (const ejectionMs of [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) {
      await clock.advance(ejectionMs - 1)
      expect(await ask()).toBe('engine-unavailable')
      await clock.advance(1)
      expect(await ask()).toBe('link-down')
    }
  })

  it('says who is out, why, and when to try again', async () => {
    const { pool } = setUp({ a: [failing('upstream-failed')] })
    for (let index = 0; index < 3; index += 1) await textOf(pool.generate(request(), forever)).catch(() => {})
    const refused = textOf(pool.generate(request(), forever))
    await expect(refused).rejects.toMatchObject({ code: 'engine-unavailable', retryAfterSeconds: 2 })
    await expect(refused).rejects.toThrow(/a: it failed 3 times in a row: upstream-failed/)
  })

  it('forgets the past after an answer', async () => {
    const down = failing('link-down')
    const script = [down, down, down, answer('a'), down, down, down, answer('a')]
    const { pool, clock } = setUp({ a: script })
    const ask = () => textOf(pool.generate(request(), forever)).catch((error: EdgewiseError) => error.code)
    for (let index = 0; index < 3; index += 1) await ask()
    await clock.advance(2_000)
    expect(await ask()).toBe('by a')
    for (let index = 0; index < 3; index += 1) expect(await ask()).toBe('link-down')
    await clock.advance(2_000)
    expect(await ask()).toBe('by a')
  })

  it('does not count a busy member as a failing one', async () => {
    const { pool, calls } = setUp({ a: [failing('overloaded')] })
    for (let index = 0; index < 5; index += 1) {
      await expect(textOf(pool.generate(request(), forever))).rejects.toMatchObject({ code: 'overloaded' })
    }
    expect(calls('a')).toBe(5)
  })

  it('sends nothing to a member whose check fails, until a check succeeds', async () => {
    const clock = createFakeClock()
    let isDown = true
    const checked: PoolMember = {
      name: 'a',
      generator: createScriptedGenerator({ model: 'big', script: [answer('a')] }),
      async check() {
        if (isDown) throw new EdgewiseError('link-down', 'refused')
      },
    }
    await using pool = createPool({ members: [checked], clock, checkEveryMs: 5_000 })
    await clock.advance(0)
    await expect(textOf(pool.generate(request(), forever))).rejects.toThrow(/health check failed: refused/)
    isDown = false
    await clock.advance(5_000)
    expect(await textOf(pool.generate(request(), forever))).toBe('by a')
  })

  it('stops checking when it is disposed of', async () => {
    const clock = createFakeClock()
    let checks = 0
    const generator = createScriptedGenerator({ model: 'big', script: [] })
    const check = async () => {
      checks += 1
    }
    const pool = createPool({ members: [{ name: 'a', generator, check }], clock, checkEveryMs: 10 })
    await clock.advance(10)
    expect(checks).toBe(2)
    await pool[Symbol.asyncDispose]()
    await clock.advance(100)
    expect(checks).toBe(2)
    expect(clock.pendingDelays).toBe(0)
  })

  it('passes over a member that says it cannot answer', async () => {
    const { pool, generators, calls } = setUp({ a: [answer('a')], b: [answer('b')] })
    generators.a?.setUnavailable('its process restarts')
    for (let index = 0; index < 5; index += 1) await textOf(pool.generate(request({ id: `r${index}` }), forever))
    expect(calls('a')).toBe(0)
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

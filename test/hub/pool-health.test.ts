import { describe, expect, it } from 'vitest'
import { createPool, type PoolMember } from '../../src/hub/pool.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { createScriptedGenerator } from '../../src/testing/scripted-generator.ts'
import { answer, failing, forever, request, setUp, textOf } from './scripted-pool.ts'

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

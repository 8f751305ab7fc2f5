import { describe, expect, it } from 'vitest'
import { createTurns, type Turns } from '../../../src/engines/generation/turns.ts'
import type { Priority } from '../../../src/spec/request.ts'

const never = new AbortController().signal

/** A request that steps so many times, one step after another, as the generation loop does. Each step writes its name down. */
async function request(turns: Turns, name: string, steps: number, order: string[], priority?: Priority): Promise<void> {
  for (let step = 0; step < steps; step++) {
    await turns.run(
      async () => {
        order.push(name)
        await new Promise((resolve) => setImmediate(resolve))
      },
      never,
      priority,
    )
  }
}

/** The order of the steps of requests that all ask while a first step runs. */
async function orderOf(requests: readonly [name: string, steps: number, priority?: Priority][]): Promise<string[]> {
  const turns = createTurns()
  const order: string[] = []
  const first = Promise.withResolvers<void>()
  const holding = turns.run(() => first.promise, never)
  const running = requests.map(([name, steps, priority]) => request(turns, name, steps, order, priority))
  first.resolve()
  await Promise.all([holding, ...running])
  return order
}

describe('turns', () => {
  it('go round within a class', async () => {
    expect(
      (
        await orderOf([
          ['a', 3],
          ['b', 2],
          ['c', 1],
        ])
      ).join(''),
    ).toBe('abcaba')
  })

  it('go to urgent steps first, whoever came before', async () => {
    const order = await orderOf([
      ['n', 3],
      ['u', 3, 'urgent'],
      ['v', 2, 'urgent'],
    ])
    expect(order.join('')).toBe('uvuvunnn')
  })

  it('go to background steps when nobody else waits, not even one who is just between two steps', async () => {
    const order = await orderOf([
      ['b', 3, 'background'],
      ['n', 4],
      ['u', 2, 'urgent'],
    ])
    expect(order.join('')).toBe('uunnnnbbb')
  })

  it('come to a normal step after 16 urgent ones, to a background step after 64 others', async () => {
    const order = await orderOf([
      ['b', 2, 'background'],
      ['n', 4],
      ['u', 200, 'urgent'],
    ])
    const places = (name: string) => order.flatMap((one, place) => (one === name ? [place] : []))
    expect(places('n')).toEqual([16, 34, 52, 70])
    expect(places('b')).toEqual([64, 130])
  })

  it('are not lost when one who waits is aborted while the turn is handed over', async () => {
    const turns = createTurns()
    const order: string[] = []
    const aborting = new AbortController()
    const first = Promise.withResolvers<void>()
    const holding = turns.run(() => first.promise, never, 'urgent')
    const waiting = turns.run(async () => void order.push('never'), aborting.signal, 'background')
    first.resolve()
    await holding
    aborting.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' })
    await request(turns, 'next', 1, order)
    expect(order).toEqual(['next'])
  })

  it('go on after a step that failed', async () => {
    const turns = createTurns()
    const failing = turns.run(() => Promise.reject(new Error('broken')), never)
    const order: string[] = []
    const next = request(turns, 'next', 1, order)
    await expect(failing).rejects.toThrow('broken')
    await next
    expect(order).toEqual(['next'])
  })
})

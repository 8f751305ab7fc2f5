import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Session } from '../../../src/engines/engine.ts'
import { createAdmission } from '../../../src/engines/generation/admission.ts'
import { createSessionLender, type LentSession } from '../../../src/engines/generation/session-lender.ts'
import { createScriptedSessionModel } from '../../../src/testing/scripted-session.ts'

const kvBytesPerToken = 4

/** A lender over a scripted model with memory for so many tokens. */
function lenderFor(budgetTokens: number) {
  const model = createScriptedSessionModel({ vocabulary: 2, contextTokens: 256, kvBytesPerToken, next: () => 1 })
  const kvBudgetBytes = budgetTokens * kvBytesPerToken
  const admission = createAdmission({
    model: 'scripted',
    contextTokens: 256,
    kvBytesPerToken,
    kvBudgetBytes,
    decodeTokensPerSecond: () => undefined,
  })
  const openSession = () => withMostBytes(model.openSession())
  const lender = createSessionLender({ admission, openSession, kvBudgetBytes })
  return { model, admission, lender, kvBudgetBytes }
}

/** As sessions of real models: to rewind gives no memory back. */
function withMostBytes(session: Session): Session {
  let most = 0
  return Object.defineProperty(session, 'kvBytes', {
    get: () => {
      most = Math.max(most, session.position * kvBytesPerToken)
      return most
    },
  })
}

/** Runs one request: steps what the session does not hold of the prompt, then the answer; gives how many tokens it held. */
async function run(lent: LentSession, prompt: readonly number[], answer: readonly number[] = []): Promise<number> {
  const held = lent.session.position
  const ids = [...prompt.slice(held), ...answer]
  await lent.session.step({ kind: 'tokens', ids }, 'last')
  await lent[Symbol.asyncDispose]()
  return held
}

function tokens(length: number, first = 0): number[] {
  return Array.from({ length }, (_, index) => first + index)
}

describe('a session lender', () => {
  it('lends the session that an earlier turn left, rewound to what both share', async () => {
    const { lender, model } = lenderFor(1000)
    const first = tokens(40)
    expect(await run(await lender.lend({ prompt: first, maxTokens: 20 }), first, tokens(10, 100))).toBe(0)
    const second = [...first, ...tokens(8, 100), ...tokens(30, 200)]
    expect(await run(await lender.lend({ prompt: second, maxTokens: 20 }), second)).toBe(48)
    expect(model.open).toBe(1)
  })

  it('leaves at least the last token of the prompt to be stepped', async () => {
    const { lender } = lenderFor(1000)
    const prompt = tokens(40)
    await run(await lender.lend({ prompt, maxTokens: 1 }), prompt, [7, 8])
    expect(await run(await lender.lend({ prompt, maxTokens: 1 }), prompt)).toBe(39)
  })

  it('knows what a session holds that went on otherwise than before', async () => {
    const { lender } = lenderFor(1000)
    const opening = tokens(40)
    const [one, other] = [
      [...opening, ...tokens(20, 100)],
      [...opening, ...tokens(5, 200)],
    ]
    const held = []
    for (const prompt of [one, other, one]) held.push(await run(await lender.lend({ prompt, maxTokens: 1 }), prompt))
    expect(held).toEqual([0, 40, 40])
  })

  it('takes no conversation away that is longer than what it would save, until that is the next to go', async () => {
    const { lender, model } = lenderFor(2000)
    const opening = tokens(20)
    for (let conversation = 1; conversation <= 8; conversation++) {
      const prompt = [...opening, ...tokens(60, 100 * conversation)]
      expect(await run(await lender.lend({ prompt, maxTokens: 1 }), prompt)).toBe(0)
    }
    const again = [...opening, ...tokens(61, 500)]
    expect(await run(await lender.lend({ prompt: again, maxTokens: 1 }), again)).toBe(80)
    const another = [...opening, 9]
    expect(await run(await lender.lend({ prompt: another, maxTokens: 100 }), another)).toBe(20)
    expect(model.open).toBe(8)
  })

  it('lends an empty session for what must start cold, and for what shares next to nothing', async () => {
    const { lender } = lenderFor(1000)
    const prompt = tokens(40)
    await run(await lender.lend({ prompt, maxTokens: 1 }), prompt)
    expect(await run(await lender.lend({ prompt, maxTokens: 1, startsCold: true }), prompt)).toBe(0)
    const other = [...tokens(15), 99]
    expect(await run(await lender.lend({ prompt: other, maxTokens: 1 }), other)).toBe(0)
  })

  it('keeps at most eight, the most recently used ones', async () => {
    const { lender, model } = lenderFor(5000)
    const prompts = Array.from({ length: 12 }, (_, index) => tokens(40, 100 * index))
    for (const prompt of prompts) await run(await lender.lend({ prompt, maxTokens: 1 }), prompt)
    expect(model.open).toBe(8)
    const oldest = prompts[4] ?? []
    const dropped = prompts[3] ?? []
    expect(await run(await lender.lend({ prompt: oldest, maxTokens: 1 }), oldest)).toBe(39)
    expect(await run(await lender.lend({ prompt: dropped, maxTokens: 1 }), dropped)).toBe(0)
  })

  it('empties the oldest of eight rather than open a ninth, unless that has far more memory than is asked for', async () => {
    const { lender, model } = lenderFor(5000)
    for (let first = 0; first < 8; first++) {
      const prompt = tokens(first === 0 ? 200 : 40, 1000 * first)
      await run(await lender.lend({ prompt, maxTokens: 1 }), prompt)
    }
    const opened = () => new Set(model.steps.map(({ session }) => session)).size
    const small = tokens(40, 9000)
    expect(await run(await lender.lend({ prompt: small, maxTokens: 1 }), small)).toBe(0)
    expect(opened()).toBe(9)
    const cold = tokens(40, 10_000)
    expect(await run(await lender.lend({ prompt: cold, maxTokens: 1, startsCold: true }), cold)).toBe(0)
    expect([opened(), model.open]).toEqual([9, 8])
  })

  it('closes kept sessions at once when a request needs their memory, and never refuses one because of them', async () => {
    const { lender, model, admission, kvBudgetBytes } = lenderFor(200)
    for (const first of [0, 100]) {
      const prompt = tokens(60, first)
      await run(await lender.lend({ prompt, maxTokens: 1 }), prompt)
    }
    expect([model.open, lender.idleBytes]).toEqual([2, 120 * kvBytesPerToken])
    const lent = await lender.lend({ prompt: tokens(50, 300), maxTokens: 70 })
    expect([model.open, lender.idleBytes]).toEqual([2, 60 * kvBytesPerToken])
    const greedy = await lender.lend({ prompt: tokens(60, 400), maxTokens: 20 })
    expect([model.open, lender.idleBytes]).toEqual([2, 0])
    expect(admission.kvBytes).toBe(kvBudgetBytes)
    await expect(lender.lend({ prompt: [1], maxTokens: 1 })).rejects.toMatchObject({ code: 'overloaded' })
    await lent[Symbol.asyncDispose]()
    await greedy[Symbol.asyncDispose]()
    expect([model.open, admission.kvBytes]).toEqual([0, 0])
  })

  it('keeps no session whose step failed', async () => {
    const { model, admission, kvBudgetBytes } = lenderFor(1000)
    const openSession = () => {
      const session = model.openSession()
      const { step } = session
      let steps = 0
      return Object.assign(session, {
        step: (...input: Parameters<typeof step>) =>
          steps++ === 0 ? step(...input) : Promise.reject(new Error('broken')),
      })
    }
    const lender = createSessionLender({ admission, openSession, kvBudgetBytes })
    const prompt = tokens(40)
    const lent = await lender.lend({ prompt, maxTokens: 1 })
    await lent.session.step({ kind: 'tokens', ids: prompt }, 'last')
    await expect(lent.session.step({ kind: 'tokens', ids: [1] }, 'last')).rejects.toThrow('broken')
    await lent[Symbol.asyncDispose]()
    expect(model.open).toBe(0)
  })

  it('closes what it keeps when it is closed, and what comes back later', async () => {
    const { lender, model } = lenderFor(1000)
    const prompt = tokens(40)
    await run(await lender.lend({ prompt, maxTokens: 1 }), prompt)
    const late = await lender.lend({ prompt: tokens(30, 300), maxTokens: 1 })
    await lender[Symbol.asyncDispose]()
    expect(model.open).toBe(1)
    await run(late, tokens(30, 300))
    expect(model.open).toBe(0)
  })

  it('stays inside its memory and knows what each session holds, whatever is asked', async () => {
    const request = fc.record({
      conversation: fc.nat(3),
      prompt: fc.integer({ min: 1, max: 90 }),
      answer: fc.integer({ min: 1, max: 30 }),
      stepped: fc.nat(200),
      endsFirst: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(request, { maxLength: 25 }), async (requests) => {
        const { lender, model, admission, kvBudgetBytes } = lenderFor(260)
        const running: LentSession[] = []
        for (const { conversation, prompt: length, answer, stepped, endsFirst } of requests) {
          if (endsFirst) await running.shift()?.[Symbol.asyncDispose]()
          // Two and two begin alike.
          const all = [...tokens(30, conversation >> 1), ...tokens(90, 1000 * conversation)]
          const lent = await lender.lend({ prompt: all.slice(0, length), maxTokens: answer }).catch(() => undefined)
          if (lent === undefined) continue
          const held = lent.session.position
          expect(held).toBeLessThan(length)
          const ids = all.slice(held, Math.min(held + stepped, length + answer))
          if (ids.length > 0) {
            await lent.session.step({ kind: 'tokens', ids }, 'last')
            expect(contentsOfLast(model)).toEqual(all.slice(0, lent.session.position))
          }
          running.push(lent)
          const runningBytes = running.reduce((bytes, { session }) => bytes + session.kvBytes, 0)
          expect(runningBytes).toBeLessThanOrEqual(admission.kvBytes)
          expect(admission.kvBytes + lender.idleBytes).toBeLessThanOrEqual(kvBudgetBytes)
          expect(model.open).toBeLessThanOrEqual(8 + running.length)
        }
        for (const lent of running) await lent[Symbol.asyncDispose]()
        expect(admission.kvBytes).toBe(0)
        expect(lender.idleBytes).toBeLessThanOrEqual(kvBudgetBytes)
      }),
      { numRuns: 100 },
    )
  })
})

/** What the session of the last step truly holds, by the steps that it was given. */
function contentsOfLast({ steps }: ReturnType<typeof lenderFor>['model']): number[] {
  const held: number[] = []
  for (const { session, position, ids } of steps) {
    if (session !== steps.at(-1)?.session) continue
    held.length = position
    held.push(...ids)
  }
  return held
}

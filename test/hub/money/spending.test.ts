import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { promptTokens } from '../../../src/hub/money/prompt-tokens.ts'
import { createPool } from '../../../src/hub/pool.ts'
import { admitSanitised } from '../../../src/privacy/admit.ts'
import { EdgewiseError } from '../../../src/spec/errors.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { scriptedAnswer } from '../../../src/testing/scripted-generator.ts'
import { forever, partsOf, poolOf, price, request, setUp, text } from './scripted-spending.ts'

const root = mkdtempSync(join(tmpdir(), 'edgewise-spending-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe('an answer that is paid for', () => {
  it('costs what the upstream reports, is booked before its end, and says so', async () => {
    const { purse, spent } = await setUp()
    const { pool } = poolOf(scriptedAnswer(['x'], { promptTokens: 100, completionTokens: 7 }))
    for await (const part of pool.generate(request(), forever, purse(request()))) {
      if (part.type !== 'finish') continue
      expect(part.usage.cost).toEqual({ micros: 170, currency: 'EUR' })
      expect(await spent()).toBe(170)
    }
  })

  it('that is cut costs its prompt and what was streamed', async () => {
    const { purse, spent } = await setUp()
    const { pool } = poolOf([...text(5), new EdgewiseError('stream-cut', 'cut')])
    const asked = request()
    await expect(partsOf(pool.generate(asked, forever, purse(asked)))).rejects.toMatchObject({ code: 'stream-cut' })
    expect(await spent()).toBe(promptTokens(asked).likely + 5 * 10)
  })

  it('whose reader leaves costs its prompt and what was streamed', async () => {
    const { purse, spent } = await setUp()
    const { pool } = poolOf([...text(3), new Promise(() => {})])
    const asked = request()
    let seen = 0
    for await (const _part of pool.generate(asked, forever, purse(asked))) {
      seen += 1
      if (seen === 3) break
    }
    expect(await spent()).toBe(promptTokens(asked).likely + 3 * 10)
  })

  it.each(['link-down', 'upstream-failed', 'overloaded', 'upstream-rejected'] as const)(
    'that fails with %s before it began costs nothing',
    async (code) => {
      const { purse, spent, store } = await setUp()
      const { pool } = poolOf([new EdgewiseError(code, 'scripted')])
      await partsOf(pool.generate(request(), forever, purse(request()))).catch(() => {})
      expect(await spent()).toBe(0)
      expect(await store.spending.reconcile('run-2')).toEqual([])
    },
  )

  it('whose caller left before it was sent costs nothing', async () => {
    const { purse, spent, store } = await setUp()
    const { pool, generator } = poolOf(scriptedAnswer(['x']))
    const client = new AbortController()
    const asking = partsOf(pool.generate(request(), client.signal, purse(request())))
    client.abort(new EdgewiseError('aborted', 'left'))
    await expect(asking).rejects.toMatchObject({ code: 'aborted' })
    expect(generator.calls).toEqual([])
    expect([await spent(), await store.spending.reconcile('run-2')]).toEqual([0, []])
  })

  it('that timed out costs its prompt: the server was at work', async () => {
    const { purse, spent } = await setUp()
    const { pool } = poolOf([new EdgewiseError('upstream-timeout', 'scripted')])
    const asked = request()
    await partsOf(pool.generate(asked, forever, purse(asked))).catch(() => {})
    expect(await spent()).toBe(promptTokens(asked).likely)
  })

  it('gets an upper limit of tokens under a limit of money, and none without', async () => {
    const { purse } = await setUp()
    const { pool, generator } = poolOf(scriptedAnswer(['x']))
    const { maxTokens: _none, ...open } = request()
    const asked = admitSanitised(open)
    await partsOf(pool.generate(asked, forever, purse(asked)))
    await partsOf(pool.generate(asked, forever, purse(asked, { microsPerDay: 10_000, microsPerMonth: undefined })))
    expect(generator.calls.map(({ request: { maxTokens } }) => maxTokens)).toEqual([undefined, 50])
  })
})

it('vectors are paid for by their prompt, and get no limit of tokens', async () => {
  const { purse } = await setUp()
  const { pool, generator } = poolOf(scriptedAnswer([]), { price })
  const { maxTokens: _none, ...open } = request()
  const asked = admitSanitised({ ...open, embedding: {} })
  const microsPerDay = promptTokens(asked).most
  const able = { ...generator, capabilities: new Set(['embeddings'] as const) }
  await using vectors = createPool({ members: [{ name: 'a', generator: able, price }], clock: createFakeClock() })
  const parts = vectors.generate(asked, forever, purse(asked, { microsPerDay, microsPerMonth: undefined }))
  expect(await partsOf(parts)).toMatchObject([{ type: 'finish' }])
  expect(generator.calls[0]?.request.maxTokens).toBe(undefined)
  await pool[Symbol.asyncDispose]()
})

describe('a hub that crashed between setting money aside and settling', () => {
  it('books all of it at the next start, and nothing twice', async () => {
    const path = join(root, 'crash.db')
    const before = await setUp({ path })
    const { pool } = poolOf([...text(1), new Promise(() => {})])
    const asked = request()
    const parts = pool.generate(asked, forever, before.purse(asked))[Symbol.asyncIterator]()
    await parts.next()
    // The process is gone; another one opens the same file.
    const after = await setUp({ path, run: 'run-2' })
    const most = promptTokens(asked).most + 10 * 10
    expect(after.spending.reconciled).toEqual([{ caller: 'edge', micros: most }])
    expect(await after.spent()).toBe(most)
    // Should it have been alive after all, its late settlement changes nothing.
    await parts.return?.()
    expect(await after.spent()).toBe(most)
    expect(before.errors).toEqual([])
    await after.store[Symbol.asyncDispose]()
    await before.store[Symbol.asyncDispose]()
  })

  it('keeps the reservation when the store fails at the end, and the answer is whole all the same', async () => {
    const { purse, spending, store, errors } = await setUp({ path: join(root, 'closed.db') })
    const { pool } = poolOf(scriptedAnswer(['x']))
    const asked = request()
    const parts = pool.generate(asked, forever, purse(asked))[Symbol.asyncIterator]()
    await parts.next()
    await store[Symbol.asyncDispose]()
    expect((await parts.next()).value).toMatchObject({ type: 'finish' })
    expect(errors.length).toBe(1)
    const again = await setUp({ path: join(root, 'closed.db'), run: 'run-2' })
    expect(again.spending.reconciled).toHaveLength(1)
    await again.store[Symbol.asyncDispose]()
    await spending[Symbol.asyncDispose]()
  })
})

it('the book stays open until answers that are being ended are booked, but not for ever', async () => {
  const { spending, clock } = await setUp()
  const over = spending.begin()
  let isClosed = false
  const close = async () => {
    await spending[Symbol.asyncDispose]()
    isClosed = true
  }
  const closing = close()
  await clock.advance(900)
  expect(isClosed).toBe(false)
  over()
  await closing
  spending.begin()
  const again = spending[Symbol.asyncDispose]()
  await clock.advance(1000)
  await again
})

describe('what costs nothing', () => {
  it('is counted all the same, a second later or at the end', async () => {
    const { purse, spending, store, clock } = await setUp()
    const { pool } = poolOf(scriptedAnswer(['x'], { promptTokens: 5, completionTokens: 1 }), {})
    for (let index = 0; index < 3; index += 1) await partsOf(pool.generate(request(), forever, purse(request())))
    expect(await store.spending.since('2000-01-01')).toEqual([])
    await clock.advance(1000)
    const row = { caller: 'edge', day: '2026-01-01', micros: 0, requests: 3, promptTokens: 15, completionTokens: 3 }
    expect(await store.spending.since('2000-01-01')).toEqual([row])
    await partsOf(pool.generate(request(), forever, purse(request())))
    await spending[Symbol.asyncDispose]()
    expect(await store.spending.since('2000-01-01')).toMatchObject([{ requests: 4 }])
  })
})

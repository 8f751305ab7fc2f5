import { describe, expect, it, onTestFinished } from 'vitest'
import { type KeptAnswerEvent, KeptAnswers, type WantedAnswer } from '../../../src/hub/data-plane/kept-answers.ts'
import { EdgewiseError } from '../../../src/spec/errors.ts'
import type { StreamPart } from '../../../src/spec/stream-part.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'
import { openStore } from '../../../src/store/open-store.ts'
import type { KeptAnswerBook } from '../../../src/store/store.ts'

const finish: StreamPart = { type: 'finish', reason: 'stop', usage: { promptTokens: 1, completionTokens: 1 } }

async function setUp({ change = (book) => book }: { readonly change?: (book: KeptAnswerBook) => KeptAnswerBook } = {}) {
  const store = await openStore({ path: ':memory:' })
  onTestFinished(() => store[Symbol.asyncDispose]())
  const errors: string[] = []
  const events: KeptAnswerEvent[] = []
  const kept = new KeptAnswers({
    book: change(store.keptAnswers),
    clock: systemClock,
    keepMs: 60_000,
    keepBytes: 100_000,
    onError: ({ code }) => void errors.push(code),
    onEvent: (event) => void events.push(event),
  })
  const isKept = async (key = 'k') => (await store.keptAnswers.find('edge', key, Date.now())) !== undefined
  return { kept, errors, events, isKept }
}

/** Work that says its first part, then waits for `go`; what has begun and what was ended is counted. */
function work({ waits = false } = {}) {
  const { promise, resolve: go } = Promise.withResolvers<void>()
  const seen = { begun: 0, ended: 0, notBegun: 0 }
  const begin: WantedAnswer['begin'] = async function* (signal) {
    seen.begun += 1
    signal.addEventListener('abort', () => {
      seen.ended += 1
      go()
    })
    yield { type: 'text-delta', text: `answer ${seen.begun}` }
    if (waits) await promise
    yield finish
  }
  const onNotBegun = () => {
    seen.notBegun += 1
  }
  return { seen, begin, onNotBegun, go }
}

const wanted = { caller: 'edge', key: 'k', digest: 'd' }

async function all(parts: AsyncIterable<StreamPart>): Promise<string> {
  let text = ''
  for await (const part of parts) if (part.type === 'text-delta') text += part.text
  return text
}

describe('the answers that a hub keeps', () => {
  it('are given out when they cannot be kept, and the operator hears why', async () => {
    const save = () => Promise.reject(new EdgewiseError('storage-full', 'the disk is full'))
    const { kept, errors, isKept } = await setUp({ change: (book) => ({ ...book, save }) })
    expect(await all(kept.open({ ...wanted, ...work() }))).toBe('answer 1')
    expect([errors, await isKept()]).toEqual([['storage-full'], false])
  })

  it('are made anew for another body, and the one that ran is ended and not kept', async () => {
    const { kept, events } = await setUp()
    const old = work({ waits: true })
    const oldParts = kept.open({ ...wanted, ...old })
    await oldParts.next()
    const next = work()
    expect(await all(kept.open({ ...wanted, ...next, digest: 'other' }))).toBe('answer 1')
    await expect(all(oldParts)).rejects.toMatchObject({ code: 'aborted', message: expect.stringMatching(/Another/) })
    expect([old.seen.ended, next.seen.begun]).toEqual([1, 1])
    expect(await all(kept.open({ ...wanted, ...next, digest: 'other' }))).toBe('answer 1')
    // What is kept gives way as well.
    expect(await all(kept.open({ ...wanted, ...next, digest: 'third' }))).toBe('answer 2')
    expect(events).toEqual(['ended', 'replaced', 'kept', 'found', 'replaced', 'kept'])
  })

  it('are not overwritten by an older body that is just being written', async () => {
    const writing = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const written = Promise.withResolvers<void>()
    const { kept } = await setUp({
      change: (book) => ({
        ...book,
        async save(answer, limits) {
          if (answer.digest !== 'd') return book.save(answer, limits)
          begun.resolve()
          await writing.promise
          return book.save(answer, limits).finally(written.resolve)
        },
      }),
    })
    const old = kept.open({ ...wanted, ...work() })
    await old.next()
    await begun.promise
    const next = work()
    const answer = all(kept.open({ ...wanted, ...next, digest: 'other' }))
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    writing.resolve()
    await Promise.all([answer, written.promise])
    await all(kept.open({ ...wanted, ...next, digest: 'other' }))
    expect(next.seen).toMatchObject({ begun: 1, notBegun: 1 })
  })

  it('are not made any more once their caller says that it needs them no longer', async () => {
    const { kept, isKept } = await setUp()
    const running = work({ waits: true })
    const parts = kept.open({ ...wanted, ...running })
    await parts.next()
    expect(await kept.acknowledge('other', 'k')).toBe(false)
    expect(running.seen.ended).toBe(0)
    expect(await kept.acknowledge('edge', 'k')).toBe(true)
    await expect(all(parts)).rejects.toMatchObject({ code: 'aborted' })
    expect([running.seen.ended, await isKept(), kept.callers()]).toEqual([1, false, []])
  })

  it('all go with their caller, those being written too', async () => {
    const { kept, isKept } = await setUp()
    await all(kept.open({ ...wanted, ...work(), key: 'kept' }))
    const running = work({ waits: true })
    const parts = kept.open({ ...wanted, ...running })
    await parts.next()
    await all(kept.open({ ...wanted, ...work(), caller: 'other' }))
    expect(kept.callers()).toEqual(['edge'])
    await kept.endAllOf('edge')
    await expect(all(parts)).rejects.toMatchObject({ code: 'aborted' })
    expect([running.seen.ended, await isKept(), await isKept('kept')]).toEqual([1, false, false])
    const others = work()
    await all(kept.open({ ...wanted, ...others, caller: 'other' }))
    expect(others.seen.begun).toBe(0)
  })

  it('tell once when there is nothing to do: it was kept, is being made, or cannot be looked for', async () => {
    const { kept } = await setUp()
    const first = work({ waits: true })
    const parts = kept.open({ ...wanted, ...first })
    const joining = work()
    const joined = all(kept.open({ ...wanted, ...joining }))
    first.go()
    await Promise.all([joined, all(parts)])
    const late = work()
    await all(kept.open({ ...wanted, ...late }))
    const counts = { begun: 0, ended: 0, notBegun: 1 }
    expect([first.seen.notBegun, joining.seen, late.seen]).toEqual([0, counts, counts])
    const find = () => Promise.reject(new EdgewiseError('store-failed', 'no database'))
    const broken = await setUp({ change: (book) => ({ ...book, find }) })
    const lost = work()
    await expect(all(broken.kept.open({ ...wanted, ...lost }))).rejects.toMatchObject({ code: 'store-failed' })
    expect([lost.seen, broken.kept.callers()]).toEqual([counts, []])
  })
})

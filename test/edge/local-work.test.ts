import { describe, expect, it } from 'vitest'
import { createLocalWork } from '../../src/edge/local-work.ts'
import { createScriptedGenerator, scriptedAnswer } from '../../src/testing/scripted-generator.ts'
import { request } from '../placements/request.ts'

const signal = new AbortController().signal

/** Work for a model that reads 100 and writes 10 tokens a second. */
function given(mostMs: number) {
  const work = createLocalWork({ pace: () => ({ prefillTokensPerSecond: 100, decodeTokensPerSecond: 10 }), mostMs })
  const generator = createScriptedGenerator({ model: 'small', script: [scriptedAnswer(['a', 'b', 'c'])] })
  const local = work.counted(Object.assign(generator, { stats: () => ({}) }))
  const begin = (maxTokens: number) =>
    local
      .generate({ ...request, messages: [{ role: 'user', content: 'x'.repeat(400) }], maxTokens }, signal)
      [Symbol.asyncIterator]()
  return { work, begin }
}

describe('the work of the local model', () => {
  it('is the prompts and the rest of the answers, at its pace', async () => {
    const { work, begin } = given(1000)
    expect(work.leftMs).toBe(0)
    const answer = begin(20)
    expect(work.leftMs).toBe(1000 + 2000)
    await answer.next()
    expect(work.leftMs).toBe(1900)
    await answer.return?.()
    expect(work.leftMs).toBe(0)
  })

  it('is full when it takes too long, and says when it is worth coming back', () => {
    const { work, begin } = given(4500)
    expect(work.full('normal')).toBe(undefined)
    begin(20)
    expect(work.full('normal')).toBe(undefined)
    begin(20)
    expect(work.full('normal')).toMatchObject({ code: 'overloaded', retryAfterSeconds: 2 })
    expect(work.full('normal')?.because).toContain('about 6 s, more than the 5 s')
    expect(work.full('urgent')).toBe(undefined)
  })

  it('never keeps a request waiting that would be alone', () => {
    const { work, begin } = given(100)
    expect(work.full('background')).toBe(undefined)
    begin(1000)
    expect(work.full('background')).toMatchObject({ code: 'overloaded' })
  })

  it('learns from the answers how long they are', async () => {
    const { work, begin } = given(1000)
    const expected = () => {
      const answer = begin(1000)
      const { leftMs } = work
      void answer.return?.()
      return leftMs
    }
    const before = expected()
    for (let count = 0; count < 50; count++) {
      const answer = begin(1000)
      while ((await answer.next()).done !== true);
    }
    expect(before).toBe(1000 + 6400)
    expect(expected()).toBeLessThan(1000 + 700)
  })
})

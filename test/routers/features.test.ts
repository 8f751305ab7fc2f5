import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beginningOf, draftToken } from '../../src/routers/draft.ts'
import { draftFeatureNames, draftFeatures } from '../../src/routers/draft-features.ts'
import { hashedNgrams } from '../../src/routers/hashed-ngrams.ts'
import { logprobFeatureNames, logprobFeatures } from '../../src/routers/logprob-features.ts'
import { promptFeatureNames, promptFeatures } from '../../src/routers/prompt-features.ts'
import { promptText } from '../../src/routers/prompt-text.ts'
import { writtenSums } from '../../src/routers/written-sums.ts'

const token = fc.record(
  { token: fc.string(), logprob: fc.double({ max: 0 }), runnerUp: fc.double({ max: 0 }) },
  { requiredKeys: ['token', 'logprob'] },
) as fc.Arbitrary<{ token: string; logprob: number; runnerUp?: number }>

describe('features', () => {
  it('are finite numbers, as many as have names, for any text and any log-probabilities', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.array(token, { maxLength: 12 }), (prompt, draft, tokens) => {
        for (const [values, names] of [
          [promptFeatures(prompt), promptFeatureNames],
          [draftFeatures(prompt, draft), draftFeatureNames],
          [logprobFeatures(tokens), logprobFeatureNames],
        ] as const) {
          expect(values).toHaveLength(names.length)
          expect(values.every(Number.isFinite)).toBe(true)
        }
      }),
    )
  })

  it('tell a sure draft from one that hesitates', () => {
    const of = (logprob: number, runnerUp: number) => {
      const values = logprobFeatures([{ token: 'a', logprob, runnerUp }])
      return (name: (typeof logprobFeatureNames)[number]) => values[logprobFeatureNames.indexOf(name)]
    }
    expect(of(-0.1, -3)('first-margin')).toBeCloseTo(2.9, 9)
    expect(of(-0.1, -3)('unsure-share')).toBe(0)
    expect(of(-0.9, -1)('unsure-share')).toBe(1)
  })
})

describe('hashedNgrams', () => {
  it('gives the same columns for the same words in other capitals, within the width', () => {
    const one = hashedNgrams('Wake me at SIX', { columns: 64 })
    expect(hashedNgrams('wake me at six', { columns: 64 })).toEqual(one)
    expect(Math.max(...one.columns)).toBeLessThan(64)
  })

  it('is empty for a text without words', () => {
    expect(hashedNgrams(' \n', { columns: 64 }).columns).toHaveLength(0)
  })
})

describe('writtenSums', () => {
  it.each([
    ['3 * $4 = $12, so 12 + 5 - 1 = 16', 2, 0],
    ['60 meters/sprint * 3 sprints/day = 180 meters', 1, 0],
    ['2 + 3 * 4 = 20', 0, 1],
    ['1,000 / 3 = 333.33', 1, 0],
    ['10 * (2/3) = 7', 0, 0],
    ['20 + 6 + 8 = 34 and 2 x 3 = 6, $20/hour * 8 hours = $160', 3, 0],
    ['the year = 2026, 5 = 5, and - 3 = 4', 0, 0],
    ['no sums', 0, 0],
  ])('of %j are %d right and %d wrong', (text, right, wrong) => {
    expect(writtenSums(text)).toEqual({ right, wrong })
  })

  it('takes no longer for a text made to take long', () => {
    const hostile = '1 a a a + 1 = '.repeat(1_400)
    // A second each, when every number looked for its sum in all that follows.
    for (let times = 0; times < 30; times++) expect(writtenSums(hostile).right).toBe(0)
  })
})

describe('a draft', () => {
  it('is cut to what was there when it is judged', () => {
    const tokens = ['a', 'b', 'c'].map((word) => ({ token: word, logprob: -1 }))
    expect(beginningOf({ prompt: 'p', text: 'abc', tokens }, 2)).toEqual({
      prompt: 'p',
      text: 'ab',
      tokens: tokens.slice(0, 2),
    })
    expect(beginningOf({ prompt: 'p', text: 'abc', tokens }, 3)).toEqual({ prompt: 'p', text: 'abc', tokens })
  })

  it('takes the best other token for the runner-up', () => {
    const top = [
      { token: 'a', logprob: -0.1, bytes: [] },
      { token: 'b', logprob: -3, bytes: [] },
    ]
    expect(draftToken({ token: 'a', logprob: -0.1, bytes: [], top })).toEqual({
      token: 'a',
      logprob: -0.1,
      runnerUp: -3,
    })
    expect(draftToken({ token: 'c', logprob: -4, bytes: [], top })).toEqual({ token: 'c', logprob: -4, runnerUp: -0.1 })
    expect(draftToken({ token: 'a', logprob: -0.1, bytes: [], top: [] })).toEqual({ token: 'a', logprob: -0.1 })
  })

  it('is an answer to the text of the last user message', () => {
    const image = { type: 'image', url: 'data:image/png;base64,AA==' } as const
    expect(
      promptText([
        { role: 'user', content: 'first' },
        { role: 'assistant', content: 'answer' },
        { role: 'user', content: [{ type: 'text', text: 'last' }, image] },
      ]),
    ).toBe('last')
    expect(promptText([{ role: 'system', content: 'be brief' }])).toBe('')
  })
})

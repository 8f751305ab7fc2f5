import { describe, expect, it } from 'vitest'
import { detectInTexts } from '../../src/privacy/detect-in-texts.ts'
import { createDetector } from '../../src/privacy/detector.ts'
import { createGuard } from '../../src/privacy/guard.ts'
import { createNameDetector } from '../../src/privacy/name-detector.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'
import { policySchema } from '../../src/spec/policy.ts'
import type { ClassifyTokens, TokenClass } from '../../src/spec/ports.ts'
import type { InferenceRequest } from '../../src/spec/request.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'

const { signal } = new AbortController()

/** Names every `Rosa Quill`, as a model would. */
const namesRosa: ClassifyTokens = async (texts) =>
  texts.map((text) =>
    [...text.matchAll(/Rosa Quill/g)].map(({ index, 0: found }) => {
      return { entity: 'PERSON', start: index, end: index + found.length, score: 0.9 }
    }),
  )

function guardWith(classify: ClassifyTokens, privacy: object = {}) {
  const clock = createFakeClock()
  const policy = policySchema.parse({ privacy: { personalData: 'protect', ...privacy } })
  const guard = createGuard({
    policy,
    detector: createNameDetector({ recognizers: createDetector(), classify }),
    clock,
  })
  const protect = async (messages: InferenceRequest['messages'], ends = signal) =>
    guard.protect(
      { id: 'r', model: 'auto', messages, sampling: { temperature: 0, topP: 1, topK: 0 }, stop: [], conversation: 'c' },
      { keyId: 'k', signal: ends },
    )
  return { clock, protect }
}

const user = (...texts: string[]) => texts.map((content) => ({ role: 'user' as const, content }))

describe('a guard with a name model', () => {
  it('replaces what the model names beside what recognizers find', async () => {
    const { protect } = guardWith(namesRosa)
    const views = await protect(user('Rosa Quill, rosa@example.org, is here.'))
    expect(views.sanitised?.messages[0]?.content).toBe('[PERSON_1], [EMAIL_1], is here.')
    expect(views.report?.findings).toEqual({ PERSON: 1, EMAIL_ADDRESS: 1 })
    expect(views.restore?.('Dear [PERSON_1]')).toBe('Dear Rosa Quill')
  })

  it('shows the model all texts of a request at once, as they read, and finds a name of one in the others', async () => {
    const asked: (readonly string[])[] = []
    const { protect } = guardWith((texts, ends) => {
      asked.push(texts)
      return namesRosa(texts, ends)
    })
    const views = await protect(user('Rosa Quill came.', '42', '{"note":"Quill \\"left\\""}'))
    expect(asked).toEqual([['Rosa Quill came.', 'note: Quill "left"\n']])
    expect(views.sanitised?.messages.map(({ content }) => content)).toEqual([
      '[PERSON_1] came.',
      '42',
      '{"note":"[PERSON_1_LAST] \\"left\\""}',
    ])
  })

  it('shows the model of a schema what is written for people only', async () => {
    const asked: (readonly string[])[] = []
    const guard = createGuard({
      policy: policySchema.parse({ privacy: { personalData: 'protect' } }),
      detector: createNameDetector({
        recognizers: createDetector(),
        classify: (texts, ends) => {
          asked.push(texts)
          return namesRosa(texts, ends)
        },
      }),
    })
    const description = 'Notes of Rosa Quill,\n"all"'
    const parameters = { type: 'object', title: 'Notes', properties: { description: { type: 'string', description } } }
    const request = {
      id: 'r',
      model: 'auto',
      messages: user('2 + 2'),
      tools: [{ name: 'find', parameters }],
      sampling: { temperature: 0, topP: 1, topK: 0 },
      stop: [],
    }
    const { sanitised } = await guard.protect(request, { keyId: 'k', signal })
    expect(asked[0]?.map((text) => text.trim().split(/\s{2,}/))).toEqual([
      ['find'],
      ['Notes', 'Notes of Rosa Quill,\n"all"'],
    ])
    expect(sanitised?.tools?.[0]?.parameters).toEqual({
      ...parameters,
      properties: { description: { type: 'string', description: 'Notes of [PERSON_1],\n"all"' } },
    })
  })

  it('does not count what the model is not sure enough of', async () => {
    const { protect } = guardWith(namesRosa, { minScore: 0.95 })
    expect((await protect(user('Rosa Quill'))).sanitised?.messages[0]?.content).toBe('Rosa Quill')
  })

  it('counts what looks like no name only where the model is very sure', async () => {
    const marks =
      (score: number): ClassifyTokens =>
      async (texts) =>
        texts.map((text) => {
          const start = text.indexOf('method')
          return [{ entity: 'PERSON', start, end: start + 6, score }]
        })
    const text = 'The method is called.'
    expect((await guardWith(marks(0.94)).protect(user(text))).sanitised?.messages[0]?.content).toBe(text)
    expect((await guardWith(marks(0.96)).protect(user(text))).sanitised?.messages[0]?.content).toContain('[PERSON_1]')
  })

  it('asks no model where there is no letter', async () => {
    const { protect } = guardWith(() => Promise.reject(new Error('asked')))
    expect((await protect(user('2 + 2'))).sanitised).toBeDefined()
  })
})

describe('a name model that cannot tell', () => {
  const down = new EdgewiseError('engine-unavailable', 'the model cannot answer: it is being restarted')
  const stretch = (part: Partial<TokenClass>) => [{ entity: 'PERSON', start: 0, end: 3, score: 1, ...part }]

  it.each<[string, ClassifyTokens, RegExp]>([
    ['is away', () => Promise.reject(down), /it is being restarted/],
    ['throws what may quote the text', () => Promise.reject(new Error('Rosa')), /^the detector failed on it$/],
    ['answers too few texts', async () => [], /answered 0 of 1/],
    ['gives a class that nobody knows', async () => [stretch({ entity: 'ANIMAL' })], /ANIMAL/],
    ['points outside of the text', async () => [stretch({ end: 99 })], /^the detector failed on it$/],
  ])('keeps the request at the edge when it %s, and only this one', async (_, classify, because) => {
    let isBroken = true
    const { protect } = guardWith((texts, ends) => (isBroken ? classify(texts, ends) : namesRosa(texts, ends)))
    const views = await protect(user('Rosa is here.'))
    expect(views.sanitised).toBeUndefined()
    expect(views.keptBecause).toMatch(because)
    isBroken = false
    expect((await protect(user('Rosa Quill'))).sanitised?.messages[0]?.content).toBe('[PERSON_1]')
  })

  it('keeps the request at the edge when it is late, and is told that nobody waits', async () => {
    let ends: AbortSignal | undefined
    const { clock, protect } = guardWith(
      (_, given) => {
        ends = given
        return new Promise(() => undefined)
      },
      { detectorDeadlineMs: 50 },
    )
    const protecting = protect(user('Rosa Quill'))
    await clock.advance(49)
    expect(ends?.aborted).toBe(false)
    await clock.advance(1)
    const views = await protecting
    expect(views.sanitised).toBeUndefined()
    expect(views.keptBecause).toContain('detectorDeadlineMs (50 ms)')
    expect(ends?.aborted).toBe(true)
  })

  it('does not hide what recognizers found: that keeps the conversation at the edge', async () => {
    const { protect } = guardWith(() => Promise.reject(down))
    const views = await protect(user('my password: Tr0ub4dor&3'))
    expect(views.keptBecause).toMatch(/SECRET/)
    expect((await protect(user('2 + 2'))).keptBecause).toMatch(/its conversation stays at the edge/)
  })

  it('rejects when whoever asked has gone', async () => {
    const leaving = new AbortController()
    const { protect } = guardWith((_, ends) => {
      leaving.abort(new EdgewiseError('aborted', 'gone'))
      return Promise.reject(ends.reason)
    })
    await expect(protect(user('Rosa Quill'), leaving.signal)).rejects.toMatchObject({ code: 'aborted' })
  })
})

it('is asked by those who have no guard, too', async () => {
  const detector = createNameDetector({ recognizers: createDetector(), classify: namesRosa })
  const [found = [], none] = await detectInTexts(detector, ['Rosa Quill', ''], signal)
  expect(found).toEqual([{ entity: 'PERSON', start: 0, end: 10, score: 0.9, recognizer: 'name-model' }])
  expect(none).toEqual([])
  const [plain] = await detectInTexts(createDetector(), ['ada@example.org'], signal)
  expect(plain).toHaveLength(1)
})

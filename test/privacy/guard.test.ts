import { describe, expect, it } from 'vitest'
import type { TextDetector } from '../../src/privacy/guard/inspect.ts'
import { createGuard, type GuardOptions } from '../../src/privacy/guard.ts'
import { createConversationMemory } from '../../src/privacy/pseudonyms/conversation-memory.ts'
import type { Entity, Finding } from '../../src/privacy/recognizers/recognizer.ts'
import type { RequestViews } from '../../src/spec/outbound.ts'
import { policySchema } from '../../src/spec/policy.ts'
import type { InferenceRequest } from '../../src/spec/request.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { dictionaryDetector } from './dictionary-detector.ts'

const words: Readonly<Record<string, Entity>> = {
  'Ada Lovelace': 'PERSON',
  'ada@example.org': 'EMAIL_ADDRESS',
  '4155551234': 'PHONE_NUMBER',
  'hunter2-secret': 'SECRET',
  '1985-12-10': 'DATE',
  '93': 'AGE',
  'Ada "A" \\ Byron': 'PERSON',
}

const base: InferenceRequest = {
  id: 'request-1',
  model: 'auto',
  messages: [{ role: 'user', content: 'Dear Ada Lovelace' }],
  sampling: { temperature: 0, topP: 1, topK: 0 },
  stop: [],
  conversation: 'c-1',
}

function guardWith(privacy: object = {}, options: Partial<GuardOptions> = {}) {
  const policy = policySchema.parse({ privacy: { personalData: 'protect', ...privacy } })
  const guard = createGuard({ policy, detector: dictionaryDetector(words), clock: createFakeClock(), ...options })
  return async (changes: Partial<InferenceRequest> = {}, keyId = 'key-1'): Promise<RequestViews> =>
    guard.protect({ ...base, ...changes }, { keyId, signal: new AbortController().signal })
}

const user = (content: string) => ({ messages: [{ role: 'user' as const, content }] })
const textOf = ({ sanitised }: RequestViews) => sanitised?.messages[0]?.content

describe('a guard that protects', () => {
  it('replaces what is found and lets the rest leave as it is', async () => {
    const views = await guardWith()(user('Write to Ada Lovelace, ada@example.org, born 1985-12-10, now 93.'))
    expect(textOf(views)).toBe('Write to [PERSON_1], [EMAIL_1], born 1985, now 90 or more.')
    expect(views.raw.messages[0]?.content).toContain('Ada Lovelace')
    expect(views.restore?.('Dear [PERSON_1], [PERSON_2]!')).toBe('Dear Ada Lovelace, [PERSON_2]!')
    expect(views).toMatchObject({
      tells: 'pseudonymised',
      report: {
        mode: 'enforce',
        findings: { PERSON: 1, EMAIL_ADDRESS: 1, DATE: 1, AGE: 1 },
        actions: { pseudonymise: 2, generalise: 2 },
      },
    })
  })

  it('does what the policy says of each kind of data', async () => {
    const classes = { PERSON: 'redact', EMAIL_ADDRESS: 'allow', DATE: 'pseudonymise', AGE: 'redact', SECRET: 'allow' }
    const views = await guardWith({ classes })(
      user('Ada Lovelace ada@example.org 1985-12-10 93 hunter2-secret 4155551234'),
    )
    expect(textOf(views)).toBe('[PERSON] ada@example.org [DATE_1] [AGE] hunter2-secret [PHONE_1]')
    expect(textOf(await guardWith({ defaultAction: 'redact' })(user('Ada Lovelace, 93')))).toBe('[PERSON], [AGE]')
    expect(textOf(await guardWith({ defaultAction: 'redact', classes: { AGE: 'allow' } })(user('93')))).toBe('93')
  })

  it('does not count what the recognizers are not sure enough of', async () => {
    const unsure: Finding = { entity: 'PERSON', start: 0, end: 4, score: 0.49, recognizer: 'x' }
    const detector = { detect: () => [unsure] }
    expect(textOf(await guardWith({}, { detector })(user('Mark it')))).toBe('Mark it')
    expect(textOf(await guardWith({ minScore: 0.49 }, { detector })(user('Mark it')))).toBe('[PERSON_1] it')
  })

  it('finds a known value again where the detector does not, by its parts too', async () => {
    const protect = guardWith()
    const views = await protect({
      messages: [
        { role: 'user', content: 'I am Ada Lovelace.' },
        { role: 'assistant', content: 'Hello Ada! Miss Lovelace, how are you? Adamant.' },
      ],
    })
    expect(views.sanitised?.messages.map(({ content }) => content)).toEqual([
      'I am [PERSON_1].',
      'Hello [PERSON_1_FIRST]! Miss [PERSON_1_LAST], how are you? Adamant.',
    ])
    expect(textOf(await protect(user('What does Lovelace want?')))).toBe('What does [PERSON_1_LAST] want?')
  })

  it('gives a value the same pseudonym throughout a conversation, and never shares it with another', async () => {
    const protect = guardWith()
    await protect(user('ada@example.org'))
    expect(textOf(await protect(user('Ada Lovelace 4155551234 ada@example.org')))).toBe(
      '[PERSON_1] [PHONE_1] [EMAIL_1]',
    )
    const other = { ...user('4155551234 Ada Lovelace'), conversation: 'c-2' }
    expect((await protect(other)).restore?.('[EMAIL_1] [PERSON_1]')).toBe('[EMAIL_1] Ada Lovelace')
    const sameNameOfAnother = await protect(user('no data'), 'key-2')
    expect(sameNameOfAnother.restore).toBeUndefined()
    expect((await protect(user('4155551234'))).restore?.('[EMAIL_1] [PHONE_1]')).toBe('[EMAIL_1] 4155551234')
  })

  it('hides every field that travels', async () => {
    const views = await guardWith()({
      messages: [
        { role: 'system', content: 'You serve Ada Lovelace', name: 'system' },
        { role: 'developer', content: 'mail ada@example.org' },
        {
          role: 'user',
          name: 'ada',
          content: [
            { type: 'text', text: 'I am Ada Lovelace' },
            { type: 'image', url: 'https://x.example/cat.png' },
          ],
        },
        {
          role: 'assistant',
          content: '',
          toolCalls: [
            {
              id: 'ada@example.org',
              name: 'mail_Ada Lovelace',
              arguments: '{"to":"ada@example.org","phone":4155551234}',
            },
          ],
        },
        {
          role: 'tool',
          toolCallId: 'ada@example.org',
          content: '{"sent": ["Ada \\"A\\" \\\\ Byron", true, null], "born": "1985-12-10"}',
        },
      ],
      stop: ['Ada Lovelace:'],
      tools: [
        {
          name: 'mail_Ada Lovelace',
          description: 'Mails Ada Lovelace',
          parameters: {
            type: 'object',
            properties: { to: { enum: ['ada@example.org'], description: 'of Ada Lovelace', maximum: 93 } },
          },
        },
        { name: 'tool_1' },
      ],
      toolChoice: { name: 'mail_Ada Lovelace' },
      responseFormat: { type: 'json_schema', name: 'for_93', schema: { description: 'ask Ada Lovelace' } },
      answerSoFar: 'Dear Ada Lovelace',
      conversation: 'ada@example.org',
    })
    const left = JSON.stringify(views.sanitised)
    for (const word of [...Object.keys(words), 'ada']) expect(left).not.toContain(`"${word}`)
    expect(left).not.toMatch(/lovelace|byron|ada@|4155551234|1985-12/i)
    expect(views.sanitised).toMatchObject({
      messages: [
        { name: 'system' },
        {},
        { name: '[PERSON_1_FIRST]', content: [{}, { url: 'https://x.example/cat.png' }] },
        { toolCalls: [{ id: 'call00001', name: 'tool_2', arguments: '{"to":"[EMAIL_1]","phone":"[PHONE_1]"}' }] },
        { toolCallId: 'call00001', content: '{"sent": ["[PERSON_2]", true, null], "born": "1985"}' },
      ],
      stop: ['[PERSON_1]:'],
      tools: [
        { name: 'tool_2', parameters: { properties: { to: { enum: ['[EMAIL_1]'], maximum: 93 } } } },
        { name: 'tool_1' },
      ],
      toolChoice: { name: 'tool_2' },
      answerSoFar: 'Dear [PERSON_1]',
    })
    expect(views.sanitised?.conversation).toMatch(/^[0-9a-f]{32}$/)
  })

  it('gives labels in the place of pseudonyms where vectors are asked for', async () => {
    const views = await guardWith()({ ...user('Ada Lovelace, ada@example.org'), embedding: {} })
    expect(textOf(views)).toBe('[PERSON], [EMAIL]')
    expect(views.restore).toBeUndefined()
  })

  it('lets text that looks like a pseudonym keep its meaning', async () => {
    const protect = guardWith()
    const first = await protect(user('Is [PERSON_1] the same as Ada Lovelace?'))
    expect(textOf(first)).toBe('Is [PERSON_1] the same as [PERSON_2]?')
    expect(first.restore?.('[PERSON_1] is not [PERSON_2]')).toBe('[PERSON_1] is not Ada Lovelace')
    const content = 'Ada Lovelace and [PERSON_1]'
    const later = await protect({
      messages: [...user('Ada Lovelace').messages, ...user(content).messages],
      conversation: 'c-2',
    })
    expect(later.sanitised?.messages[1]?.content).toBe('[PERSON_2] and [PERSON_1]')
    const second = await protect(user('And [PERSON_2]?'))
    expect(textOf(second)).toBe('And [PERSON_3]?')
    expect(second.restore?.('[PERSON_3] [PERSON_2]')).toBe('[PERSON_2] [PERSON_2]')
  })
})

describe('a request that has to stay', () => {
  it('stays, and its conversation with it, for its own key only', async () => {
    const protect = guardWith()
    const views = await protect(user('my password is hunter2-secret'))
    expect(views).toMatchObject({ sanitised: undefined, report: { findings: { SECRET: 1 }, actions: { keep: 1 } } })
    expect(views.keptBecause).toBe('it holds SECRET, which policy.privacy.classes keeps at the edge')
    const later = await protect(user('thanks'))
    expect(later.sanitised).toBeUndefined()
    expect(later.keptBecause).toContain('its conversation stays at the edge')
    expect((await protect(user('thanks'), 'key-2')).sanitised).toBeDefined()
    expect((await protect({ ...user('thanks'), conversation: 'c-2' })).sanitised).toBeDefined()
  })

  it('is forgotten after rememberHours without a request', async () => {
    const clock = createFakeClock()
    const protect = guardWith({ rememberHours: 2 }, { clock })
    await protect(user('hunter2-secret'))
    await clock.advance(7_000_000)
    expect((await protect(user('thanks'))).sanitised).toBeUndefined()
    await clock.advance(7_000_000)
    expect((await protect(user('thanks'))).sanitised).toBeUndefined()
    await clock.advance(7_200_000)
    expect((await protect(user('thanks'))).sanitised).toBeDefined()
  })

  it('stays when there is no detector, and when the detector fails, and says no word of it', async () => {
    const { detector: _none, ...rest } = { detector: undefined, clock: createFakeClock() }
    const missing = createGuard({ policy: policySchema.parse({ privacy: { personalData: 'protect' } }), ...rest })
    const context = { keyId: 'k', signal: new AbortController().signal }
    expect(await missing.protect(base, context)).toMatchObject({
      sanitised: undefined,
      keptBecause: expect.stringMatching(/no detector/),
    })
    const failing: readonly GuardOptions['detector'][] = [
      {
        detect: () => {
          throw new Error('Ada Lovelace')
        },
      },
      {
        detect: async () => {
          throw new Error('Ada Lovelace')
        },
      },
      { detect: () => [{ entity: 'PERSON', start: 3, end: 99, score: 1, recognizer: 'x' }] },
      { detect: () => [{ entity: 'PERSON', start: Number.NaN, end: 4, score: Number.NaN, recognizer: 'x' }] },
    ]
    for (const detector of failing) {
      const views = await guardWith({}, { detector: detector as never })()
      expect(views.sanitised).toBeUndefined()
      expect(views.keptBecause).toBe('the detector failed on it')
    }
  })

  it('stays when the detector is late, whether it waits or computes', async () => {
    const clock = createFakeClock()
    const waiting = { detect: () => new Promise<readonly Finding[]>(() => {}) }
    const views = guardWith({ detectorDeadlineMs: 50 }, { clock, detector: waiting })()
    await clock.advance(50)
    expect(await views).toMatchObject({
      sanitised: undefined,
      keptBecause: expect.stringMatching(/detectorDeadlineMs \(50 ms\)/),
    })
    let now = 0
    const computing = {
      detect: () => {
        now += 51
        return []
      },
    }
    const busy = { ...clock, monotonic: () => now }
    const late = await guardWith({ detectorDeadlineMs: 50 }, { clock: busy, detector: computing })()
    expect(late).toMatchObject({ sanitised: undefined, keptBecause: expect.stringMatching(/took longer/) })
  })

  it('pins its conversation for what was found before the detector failed', async () => {
    const words = dictionaryDetector({ 'hunter2-secret': 'SECRET' })
    const detector = {
      detect(text: string) {
        if (text === 'broken') throw new Error('x')
        return words.detect(text)
      },
    }
    const protect = guardWith({}, { detector })
    const messages = ['hunter2-secret', 'broken'].map((content) => ({ role: 'user' as const, content }))
    expect((await protect({ messages })).keptBecause).toContain('it holds SECRET')
    expect((await protect(user('thanks'))).keptBecause).toContain('its conversation stays')
  })

  it('does not pin a conversation that nobody could look through', async () => {
    let fails = true
    const protect = guardWith(
      {},
      {
        detector: {
          detect: () => {
            if (fails) throw new Error('x')
            return []
          },
        },
      },
    )
    expect((await protect()).sanitised).toBeUndefined()
    fails = false
    expect((await protect()).sanitised).toBeDefined()
  })

  it('stays for an image that nobody can read, and for an address that tells of a person', async () => {
    const withImage = (url: string) => ({
      messages: [{ role: 'user' as const, content: [{ type: 'image' as const, url }] }],
    })
    const data = withImage('data:image/png;base64,AAAA')
    expect(await guardWith()(data)).toMatchObject({
      sanitised: undefined,
      keptBecause: expect.stringMatching(/nobody can read its image/),
    })
    expect((await guardWith({ attachments: 'allow' })(data)).sanitised?.messages).toEqual(data.messages)
    expect((await guardWith()(withImage('file:///etc/passwd'))).sanitised).toBeUndefined()
    const telling = withImage('https://x.example/?of=Ada+Lovelace')
    expect(await guardWith()(telling)).toMatchObject({
      sanitised: undefined,
      keptBecause: expect.stringMatching(/address of its image/),
    })
    expect((await guardWith()(withImage('https://x.example/%41da%20Lovelace'))).sanitised).toBeUndefined()
    expect((await guardWith()(withImage('https://x.example/cat.png'))).sanitised).toBeDefined()
  })

  it('stays with more than 20,000 different values, and its conversation goes on as if it had not come', async () => {
    const addresses: TextDetector = {
      detect: (text) =>
        [...text.matchAll(/\S+@x\.org/g)].map(({ index, 0: value }) => {
          return { start: index, end: index + value.length, entity: 'EMAIL_ADDRESS', score: 1, recognizer: 'x' }
        }),
    }
    const protect = guardWith({}, { detector: addresses })
    expect(textOf(await protect(user('to a@x.org')))).toBe('to [EMAIL_1]')
    const many = Array.from({ length: 20_000 }, (_, index) => `b${index}@x.org`)
    expect(await protect(user(many.join(' ')))).toMatchObject({
      sanitised: undefined,
      keptBecause: 'it holds more than 20,000 different values: split it into several conversations',
    })
    expect(textOf(await protect(user('to c@x.org and a@x.org')))).toBe('to [EMAIL_2] and [EMAIL_1]')
  })

  it('stays when what is remembered of its conversation cannot be read', async () => {
    const rows = new Map<string, { id: string; sealed: Uint8Array; expiresAt: number }>()
    const store = {
      save: async (row: { id: string; sealed: Uint8Array; expiresAt: number }) => void rows.set(row.id, row),
      find: async (id: string) => rows.get(id),
      forget: async () => undefined,
    }
    const clock = createFakeClock()
    const options = { secret: new Uint8Array(32), clock, store }
    const memory = createConversationMemory(options)
    await guardWith({}, { clock, memory })()
    await memory.flush()
    for (const row of rows.values()) row.sealed[20] = (row.sealed[20] ?? 0) ^ 1
    const again = await guardWith({}, { clock, memory: createConversationMemory(options) })()
    expect(again).toMatchObject({ sanitised: undefined, keptBecause: 'the guard failed on it (store-failed)' })
  })
})

describe('a guard that only observes', () => {
  it('counts and changes nothing', async () => {
    const views = await guardWith({ mode: 'observe' })(user('Ada Lovelace has hunter2-secret'))
    expect(textOf(views)).toBe('Ada Lovelace has hunter2-secret')
    expect(views.tells).toBeUndefined()
    expect(views.report).toMatchObject({
      mode: 'observe',
      findings: { PERSON: 1, SECRET: 1 },
      actions: { pseudonymise: 1, keep: 1 },
      keptBecause: 'it holds SECRET, which policy.privacy.classes keeps at the edge',
    })
    expect(JSON.stringify(views.report)).not.toMatch(/Ada|hunter2/)
  })

  it('reports what it would have found where nothing leaves, and lets a failing detector pass', async () => {
    const kept = await guardWith({ mode: 'observe', personalData: 'keep' })()
    expect(kept).toMatchObject({ sanitised: undefined, report: { findings: { PERSON: 1 } } })
    const detector = {
      detect: () => {
        throw new Error('x')
      },
    }
    expect(textOf(await guardWith({ mode: 'observe', personalData: 'allow' }, { detector })())).toBe(
      'Dear Ada Lovelace',
    )
  })
})

describe('a guard with nothing to look for', () => {
  it('answers at once and never asks the detector', () => {
    const detector = {
      detect: () => {
        throw new Error('asked')
      },
    }
    for (const personalData of ['keep', 'allow'] as const) {
      const guard = createGuard({ policy: policySchema.parse({ privacy: { personalData } }), detector })
      const views = guard.protect(base, { keyId: 'k', signal: new AbortController().signal })
      expect(views).not.toBeInstanceOf(Promise)
      expect((views as RequestViews).sanitised !== undefined).toBe(personalData === 'allow')
      expect((views as RequestViews).report).toBeUndefined()
    }
  })
})

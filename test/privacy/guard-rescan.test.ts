import { describe, expect, it } from 'vitest'
import { createDetector } from '../../src/privacy/detector.ts'
import { createGuard } from '../../src/privacy/guard.ts'
import type { Entity } from '../../src/privacy/recognizers/recognizer.ts'
import { OutboundBody, type RequestViews } from '../../src/spec/outbound.ts'
import { policySchema } from '../../src/spec/policy.ts'
import type { InferenceRequest } from '../../src/spec/request.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { conversation, drawing, values } from './conversations.ts'
import { dictionaryDetector } from './dictionary-detector.ts'

const words: Readonly<Record<string, Entity>> = {
  'Ada Lovelace': 'PERSON',
  'ada@example.org': 'EMAIL_ADDRESS',
  '1985-12-10': 'DATE',
  '93': 'AGE',
}
const base: InferenceRequest = {
  id: 'request-1',
  model: 'auto',
  messages: [],
  sampling: { temperature: 0, topP: 1, topK: 0 },
  stop: [],
  conversation: 'c-1',
}
const base64 = (text: string) => Buffer.from(text).toString('base64')

function guardWith(privacy: object = {}, known = words) {
  const policy = policySchema.parse({ privacy: { personalData: 'protect', ...privacy } })
  const patterns = createDetector()
  const guard = createGuard({ policy, detector: dictionaryDetector(known), patterns, clock: createFakeClock() })
  return async (changes: Partial<InferenceRequest>): Promise<RequestViews> =>
    guard.protect({ ...base, ...changes }, { keyId: 'key-1', signal: new AbortController().signal })
}

/** What egress is told about the bytes of this view. */
function because({ sanitised }: RequestViews): string | undefined {
  if (sanitised === undefined) return 'there is no view that may leave'
  const body = OutboundBody.fromRequest(sanitised, (view) => ({
    model: 'ada',
    messages: view.messages,
    tools: view.tools,
    stop: view.stop,
  }))
  return body.inspect?.(body.bytes)
}

const user = (content: string) => ({ role: 'user' as const, content })

describe('the final bytes of a guarded request', () => {
  it('hold nothing of what was taken out, so they leave', async () => {
    const views = await guardWith()({ messages: [user('Ada Lovelace, ada@example.org, 1985-12-10, 93; in 1985, Ada')] })
    expect(because(views)).toBeUndefined()
  })

  it('may not hold what was taken out of another text in another form', async () => {
    const protect = guardWith()
    const plain = user('I am Ada Lovelace, born 1985-12-10')
    for (const hidden of ['Ada Lovelace', 'of 1985-12-10', 'dear Ada', 'ADA LOVELACE']) {
      expect(because(await protect({ messages: [plain, user(base64(hidden))] })), hidden).toMatch(
        /^it holds (PERSON|DATE), base64/,
      )
    }
    expect(because(await protect({ messages: [user(base64('dear Ada'))] }))).toBe('it holds PERSON, base64')
    expect(because(await protect({ messages: [user(base64('dear Ida'))], conversation: 'c-2' }))).toBeUndefined()
  })

  it('may not hold, encoded, what the patterns find and nobody took out', async () => {
    const views = await guardWith()({ messages: [user(base64('write to grace@example.com now'))] })
    expect(because(views)).toBe('it holds EMAIL_ADDRESS, base64')
    const allowed = await guardWith({ classes: { EMAIL_ADDRESS: 'allow' } })({
      messages: [user(base64('write to grace@example.com now'))],
    })
    expect(because(allowed)).toBeUndefined()
  })

  it('may hold images and their addresses, which the guard judges as a whole', async () => {
    const url = 'https://images.example.org/cat.png'
    const image = { role: 'user' as const, content: [{ type: 'image' as const, url }] }
    const protect = guardWith({ attachments: 'allow' }, { ...words, [url]: 'URL' })
    expect(because(await protect({ messages: [user(`see ${url}`), image] }))).toBeUndefined()
    const data = {
      role: 'user' as const,
      content: [{ type: 'image' as const, url: `data:image/png;base64,${base64('Ada Lovelace')}` }],
    }
    expect(because(await protect({ messages: [user('Ada Lovelace'), data] }))).toBeUndefined()
  })

  it('have redacted and generalised values taken out where no recognizer finds them too', async () => {
    const detector = {
      detect: (text: string) => (text.startsWith('found:') ? dictionaryDetector(words).detect(text) : []),
    }
    const policy = policySchema.parse({ privacy: { personalData: 'protect', classes: { PERSON: 'redact' } } })
    const guard = createGuard({ policy, detector, clock: createFakeClock() })
    const messages = [user('found: Ada Lovelace 1985-12-10 93'), user('and Ada Lovelace, Ada, 1985-12-10, page 93')]
    const views = await guard.protect({ ...base, messages }, { keyId: 'k', signal: new AbortController().signal })
    expect(views.sanitised?.messages[1]?.content).toBe('and [PERSON], [PERSON], 1985, page 93')
    expect(because(views)).toBeUndefined()
  })

  it('have the words of a tool’s name taken out of its descriptions', async () => {
    const views = await guardWith()({
      messages: [user('use mail_Ada_Lovelace')],
      tools: [{ name: 'mail_Ada_Lovelace', description: 'mail_Ada_Lovelace mails Ada Lovelace' }],
    })
    expect(views.sanitised?.tools).toMatchObject([{ name: 'tool_1' }])
    expect(JSON.stringify(views.sanitised)).not.toMatch(/Ada|Lovelace/)
    expect(because(views)).toBeUndefined()
  })

  it('are looked through in no other case', async () => {
    for (const privacy of [{ personalData: 'allow' }, { mode: 'observe' }]) {
      const { sanitised } = await guardWith(privacy)({ messages: [user('Ada Lovelace')] })
      expect(sanitised && OutboundBody.fromRequest(sanitised, (view) => view).inspect).toBeUndefined()
    }
  })

  it('are not refused for what the guard itself wrote, in 1,000 generated conversations', async () => {
    const draw = drawing(9)
    const policy = policySchema.parse({ privacy: { personalData: 'protect' } })
    const guard = createGuard({
      policy,
      detector: dictionaryDetector(values),
      patterns: createDetector(),
      clock: createFakeClock(),
    })
    const refused: unknown[] = []
    for (let count = 0; count < 1000; count += 1) {
      const request = { ...base, messages: conversation(draw), conversation: `c-${count >> 1}` }
      const views = await guard.protect(request, { keyId: 'k', signal: new AbortController().signal })
      const told = because(views)
      // Some of them hold a name behind an escape, which the guard does not read.
      if (told?.endsWith('plain')) refused.push([told, views.raw.messages, views.sanitised?.messages])
    }
    expect(refused.slice(0, 3)).toEqual([])
  })
})

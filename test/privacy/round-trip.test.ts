import { describe, expect, it } from 'vitest'
import { collectTexts } from '../../src/privacy/guard/collect-texts.ts'
import { judge } from '../../src/privacy/guard/inspect.ts'
import { jsonLeaves } from '../../src/privacy/guard/json-leaves.ts'
import { maskRequest } from '../../src/privacy/guard/masking.ts'
import { createGuard } from '../../src/privacy/guard.ts'
import { PseudonymBook } from '../../src/privacy/pseudonyms/pseudonym-book.ts'
import { restoreText, type Spelling } from '../../src/privacy/restore/restore-text.ts'
import { createTextRestorer } from '../../src/privacy/restore/text-restorer.ts'
import { policySchema } from '../../src/spec/policy.ts'
import { privacySchema } from '../../src/spec/privacy-policy.ts'
import type { InferenceRequest, Message } from '../../src/spec/request.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { conversation, type Draw, drawing, values } from './conversations.ts'
import { dictionaryDetector } from './dictionary-detector.ts'

const policy = privacySchema.parse({ personalData: 'protect' })
const detector = dictionaryDetector(values)
const seed = 20_261_122
const base: InferenceRequest = {
  id: 'r',
  model: 'auto',
  messages: [],
  sampling: { temperature: 0, topP: 1, topK: 0 },
  stop: [],
}
const secrets = [...new Set(Object.keys(values).flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]))]

interface Pair {
  readonly was: string
  readonly left: string
  readonly spelling: Spelling
}

function mask(draw: Draw, book = new PseudonymBook()) {
  const request = { ...base, messages: conversation(draw) }
  const texts = new Map(
    [...collectTexts(request)].map(([key, text]) => {
      const { reading } = text.document
      const findings = text.kind === 'call-id' ? [] : detector.detect(reading)
      return [key, { ...text, judged: judge(findings, reading, policy) }]
    }),
  )
  const { request: masked, table } = maskRequest(request, { texts, book })
  return { table, pairs: request.messages.flatMap((message, index) => pairsOf(message, masked.messages[index])) }
}

function pairsOf(was: Message, left: Message | undefined): readonly Pair[] {
  const contents = { was: String(was.content), left: String(left?.content), spelling: spellingOf(String(was.content)) }
  if (was.role !== 'assistant' || left?.role !== 'assistant') return [contents]
  const call = { was: was.toolCalls?.[0]?.arguments ?? '', left: left.toolCalls?.[0]?.arguments ?? '' }
  return [contents, { ...call, spelling: 'json' }]
}

function spellingOf(content: string): Spelling {
  return jsonLeaves(content) === undefined || !/^[[{]/.test(content) ? 'plain' : 'json'
}

describe('what the guard takes out of a conversation', () => {
  it('is put back exactly in 100,000 generated conversations, and none of it leaves', () => {
    const draw = drawing(seed)
    let book = new PseudonymBook()
    let replaced = 0
    for (let count = 0; count < 100_000; count++) {
      if (count % 4 === 0) book = new PseudonymBook()
      const { table, pairs } = mask(draw, book)
      for (const { was, left, spelling } of pairs) {
        if (restoreText(left, table, spelling) !== was) expect(restoreText(left, table, spelling)).toBe(was)
        if (left === was) continue
        replaced += 1
        const leaked = secrets.find((secret) => left.includes(secret))
        if (leaked !== undefined) expect(left).not.toContain(leaked)
      }
    }
    expect(replaced).toBeGreaterThan(100_000)
  }, 240_000)

  it('is put back the same way whatever pieces an answer comes in', () => {
    const draw = drawing(seed + 1)
    for (let count = 0; count < 1500; count++) {
      const { table, pairs } = mask(draw)
      for (const { left, spelling } of pairs) {
        const whole = restoreText(left, table, spelling)
        for (let at = 0; at <= left.length; at++) {
          const restorer = createTextRestorer(table, spelling)
          const got = restorer.push(left.slice(0, at)) + restorer.push(left.slice(at)) + restorer.end()
          if (got !== whole) expect(got).toBe(whole)
        }
        const restorer = createTextRestorer(table, spelling)
        const byUnit = left.split('').map((unit) => restorer.push(unit))
        expect(byUnit.join('') + restorer.end()).toBe(whole)
      }
    }
  }, 240_000)

  it('is never put back in the answer to another request', async () => {
    const draw = drawing(seed + 2)
    const guard = createGuard({
      policy: policySchema.parse({ privacy: { personalData: 'protect' } }),
      detector: {
        detect: (text) => [...text.matchAll(/Name\d+/g)].map(({ index, 0: { length } }) => person(index, length)),
      },
      clock: createFakeClock(),
    })
    const everyToken = Array.from({ length: 400 }, (_, index) => `[PERSON_${index + 1}]`).join(' ')
    const signal = new AbortController().signal
    let restored = 0
    const asking = Array.from({ length: 3000 }, async () => {
      const content = Array.from({ length: draw(4) }, () => `Name${draw(300)}`).join(' and ')
      const conversation = `c-${draw(20)}`
      const request = { ...base, conversation, messages: [{ role: 'user' as const, content }] }
      const views = await guard.protect(request, { keyId: `key-${draw(2)}`, signal })
      for (const [name] of (views.restore?.(everyToken) ?? '').matchAll(/Name\d+/g)) {
        restored += 1
        expect(content.split(' and ')).toContain(name)
      }
    })
    await Promise.all(asking)
    expect(restored).toBeGreaterThan(3000)
  })
})

function person(start: number, length: number) {
  return { entity: 'PERSON' as const, start, end: start + length, score: 1, recognizer: 'names' }
}

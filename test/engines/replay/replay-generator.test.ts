import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tools from 'vitest'
import { describe, expect, it } from 'vitest'
import { readRecordedAnswers } from '../../../src/engines/replay/recorded-answer.ts'
import { createReplayGenerator } from '../../../src/engines/replay/replay-generator.ts'
import type { InferenceRequest } from '../../../src/spec/request.ts'
import type { StreamPart } from '../../../src/spec/stream-part.ts'
import { systemClock } from '../../../src/spec/system-clock.ts'
import { conformGenerator } from '../../../src/testing/conformance/generator.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

const answers = readRecordedAnswers(
  [
    {
      prompt: 'count',
      answer: 'one two three four five six seven eight nine ten',
      promptTokens: 5,
      completionTokens: 20,
    },
    { prompt: 'spell', answer: 'alpha bravo  charlie\ndelta echo foxtrot golf hotel india \n' },
    { prompt: 'silence', answer: '' },
  ]
    .map((row) => JSON.stringify(row))
    .join('\n\n'),
)

function ask(prompt: string, fields: Partial<InferenceRequest> = {}): InferenceRequest {
  return {
    id: 'request-1',
    model: 'recorded',
    messages: [
      { role: 'system', content: 'be brief' },
      { role: 'user', content: prompt },
    ],
    sampling: { temperature: 1, topP: 1, topK: 0 },
    stop: [],
    ...fields,
  }
}

const never = new AbortController().signal
const replay = createReplayGenerator({ model: 'recorded', answers, clock: systemClock })

function textOf(parts: readonly StreamPart[]): string {
  return parts.map((part) => (part.type === 'text-delta' ? part.text : '')).join('')
}

conformGenerator({
  tools,
  name: 'a replay',
  setUp: async () => createReplayGenerator({ model: 'recorded', answers, clock: systemClock }),
  requests: [ask('count'), ask('spell')],
  skip: { 'counts the tokens that it gives': 'recordings hold no log-probabilities' },
})

describe('a replay', () => {
  it('gives the recorded text to the letter, with the recorded counts', async () => {
    const counted = await Array.fromAsync(replay.generate(ask('count'), never))
    expect(counted.at(-1)).toEqual({
      type: 'finish',
      reason: 'stop',
      usage: { promptTokens: 5, completionTokens: 20 },
    })
    const spelled = await Array.fromAsync(replay.generate(ask('spell'), never))
    expect(textOf(spelled)).toBe(answers.get('spell')?.text)
    expect(spelled.at(-1)).toMatchObject({ usage: { promptTokens: 3, completionTokens: 9 } })
  })

  it('can be an empty answer', async () => {
    const parts = await Array.fromAsync(replay.generate(ask('silence'), never))
    expect(parts).toEqual([{ type: 'finish', reason: 'stop', usage: { promptTokens: 3, completionTokens: 0 } }])
  })

  it('finds the text of parts', async () => {
    const content = [{ type: 'text', text: 'count' }] as const
    const parts = await Array.fromAsync(replay.generate(ask('', { messages: [{ role: 'user', content }] }), never))
    expect(textOf(parts)).toMatch(/^one two/)
  })

  it('of an unknown prompt is not-found and does not quote it', async () => {
    const reading = Array.fromAsync(replay.generate(ask('attack at dawn'), never))
    await expect(reading).rejects.toMatchObject({ code: 'not-found', message: expect.not.stringContaining('dawn') })
  })

  it('does not go on from text that it did not record', async () => {
    const reading = Array.fromAsync(replay.generate(ask('count', { answerSoFar: 'eleven' }), never))
    await expect(reading).rejects.toMatchObject({ code: 'not-found' })
  })

  it('keeps the pace of its clock', async () => {
    const clock = createFakeClock()
    const paced = createReplayGenerator({ model: 'recorded', answers, clock, firstTokenMs: 500, interTokenMs: 20 })
    const times: number[] = []
    const reading = (async () => {
      for await (const _ of paced.generate(ask('count', { maxTokens: 3 }), never)) times.push(clock.monotonic())
    })()
    await clock.advance(1_000)
    await reading
    expect(times).toEqual([500, 520, 540, 540])
  })

  it('stops waiting when it is aborted', async () => {
    const clock = createFakeClock()
    const paced = createReplayGenerator({ model: 'recorded', answers, clock, firstTokenMs: 500 })
    const caller = new AbortController()
    const reading = Array.fromAsync(paced.generate(ask('count'), caller.signal))
    await clock.advance(1)
    caller.abort()
    await expect(reading).rejects.toMatchObject({ code: 'aborted' })
    expect(clock.pendingDelays).toBe(0)
  })

  it('without any recording is unavailable', () => {
    const empty = createReplayGenerator({ model: 'recorded', answers: new Map(), clock: systemClock })
    expect(empty.unavailable()).toContain('no answers')
  })
})

describe('readRecordedAnswers', () => {
  it.each(['{"prompt":"secret"', '{"prompt":"secret"}', '["secret"]', '{"prompt":"secret","answer":7}'])(
    'names the line that is no recording: %s',
    (line) => {
      const read = () => readRecordedAnswers(`{"prompt":"a","answer":"b"}\n\n${line}\n`)
      expect(read).toThrow('line 3')
      expect(read).not.toThrow('secret')
    },
  )
})

const zeroEval = join(
  process.env.EDGEWISE_DATA ?? join(import.meta.dirname, '../../../../shared/data'),
  'zeroeval',
  'gsm',
  'gpt-4o-mini-2024-07-18.json',
)
const present = existsSync(zeroEval)
if (!present)
  console.log(`skipped: replay of ZeroEval, because the data set is not beside the checkout (set EDGEWISE_DATA)`)

describe.skipIf(!present)('the recordings of ZeroEval', () => {
  it('come back word for word', async () => {
    const rows = JSON.parse(readFileSync(zeroEval, 'utf8')) as { chat_history: string[]; output: string[] }[]
    const jsonl = rows
      .map(({ chat_history: [prompt], output: [answer] }) => JSON.stringify({ prompt, answer }))
      .join('\n')
    const recorded = readRecordedAnswers(jsonl)
    const big = createReplayGenerator({ model: 'gpt-4o-mini', answers: recorded, clock: systemClock })
    expect(recorded.size).toBeGreaterThan(1_000)
    for (const [prompt, { text }] of [...recorded].slice(0, 50)) {
      expect(textOf(await Array.fromAsync(big.generate(ask(prompt), never)))).toBe(text)
    }
  })
})

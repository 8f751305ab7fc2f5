import { describe, expect, it } from 'vitest'
import { restoreParts } from '../../../src/privacy/restore/restore-parts.ts'
import type { StreamPart } from '../../../src/spec/stream-part.ts'

const table = new Map([
  ['[PERSON_1]', 'Ada "A"\n\\'],
  ['[PERSON_12]', 'Bob'],
])
const toolNames = new Map([['tool_1', 'mail_ada']])
const finish: StreamPart = { type: 'finish', reason: 'stop', usage: { promptTokens: 1, completionTokens: 1 } }
const text = (piece: string): StreamPart => ({ type: 'text-delta', text: piece })
const call = (index: number, piece: string): StreamPart => ({ type: 'tool-call-delta', index, arguments: piece })
const from = (placement: 'local' | 'cloud'): StreamPart => ({ type: 'placement', placement, model: 'm', reason: 'r' })

async function restored(parts: readonly (StreamPart | Error)[]): Promise<readonly (StreamPart | string)[]> {
  async function* source() {
    for (const part of parts) {
      if (part instanceof Error) throw part
      yield part
    }
  }
  const seen: (StreamPart | string)[] = []
  try {
    for await (const part of restoreParts(source(), { table, toolNames }, (placement) => placement !== 'local'))
      seen.push(part)
  } catch (thrown) {
    seen.push(String(thrown))
  }
  return seen
}

describe('an answer that is restored as it comes', () => {
  it('holds back nothing but what may become a known pseudonym', async () => {
    expect(await restored(['Dear ', '[', 'PERSON_1', '2', '] [PERSON_3', '] [x'].map(text))).toEqual(
      ['Dear ', 'Bob [PERSON_3', '] [x'].map(text),
    )
  })

  it('gives what is left of a text at its end, before another kind of part, and before a failure', async () => {
    expect(await restored([text('a [PERS'), finish])).toEqual([text('a '), text('[PERS'), finish])
    expect(await restored([text('[PERSON_1'), from('local'), text('2]')])).toEqual([
      text('[PERSON_1'),
      from('local'),
      text('2]'),
    ])
    expect(await restored([text('[P'), call(0, '[P'), text('['), new Error('cut')])).toEqual([
      text('[P'),
      call(0, '[P'),
      text('['),
      'Error: cut',
    ])
    expect(await restored([text('[PERSON_1'), new Error('cut')])).toEqual([text('[PERSON_1'), 'Error: cut'])
  })

  it('touches nothing that a place wrote that read the raw view', async () => {
    const parts = [from('local'), text('[PERSON_1]'), call(0, '[PERSON_1]'), from('cloud'), text('[PERSON_12]'), finish]
    expect(await restored(parts)).toEqual([...parts.slice(0, 4), text('Bob'), finish])
  })

  it('writes values into JSON as JSON wants them, in tool arguments and in answers that are JSON', async () => {
    const seen = await restored([call(0, '{"to": "[PER'), call(0, 'SON_1]"}'), call(1, '{"to":"[PERSON_12]"}'), finish])
    const byIndex = [0, 1].map((index) =>
      seen
        .map((part) =>
          typeof part === 'object' && part.type === 'tool-call-delta' && part.index === index ? part.arguments : '',
        )
        .join(''),
    )
    expect(byIndex.map((json) => JSON.parse(json))).toEqual([{ to: 'Ada "A"\n\\' }, { to: 'Bob' }])
    const whole = async (pieces: readonly string[]) =>
      (await restored(pieces.map(text))).map((part) => (part as { text: string }).text).join('')
    expect(JSON.parse(await whole(['{"n', 'ame":"[PERSON_1]"}']))).toEqual({ name: 'Ada "A"\n\\' })
    expect(JSON.parse((await whole(['```json\n', '["[PERSON_1]"]\n```'])).slice(8, -4))).toEqual(['Ada "A"\n\\'])
    expect(await whole(['[PERSON_1] said {'])).toBe('Ada "A"\n\\ said {')
  })

  it('writes values as JSON in strings of JSON wants them, whatever pieces it comes in', async () => {
    const value = 'Ada "A"\n\\'
    const inner = JSON.stringify({ to: '[PERSON_1]', 'a "b"': [1, '\\'] })
    const json = JSON.stringify({
      'say "x"': '\\',
      body: inner,
      after: '[PERSON_1]',
      said: 'She said "[PERSON_1]"',
      deep: JSON.stringify({ inner, last: '[PERSON_1]' }),
    })
    for (const size of [1, 7, json.length]) {
      const pieces = Array.from({ length: Math.ceil(json.length / size) }, (_, at) =>
        json.slice(at * size, (at + 1) * size),
      )
      const seen = await restored([...pieces.map((piece) => call(0, piece)), finish])
      const whole = JSON.parse(seen.map((part) => (part as { arguments?: string }).arguments ?? '').join(''))
      expect(JSON.parse(whole.body).to).toBe(value)
      expect(whole.after).toBe(value)
      expect(whole.said).toBe(`She said "${value}"`)
      const { inner: nested, last } = JSON.parse(whole.deep)
      expect(JSON.parse(nested).to).toBe(value)
      expect(last).toBe(value)
    }
  })

  it('puts back what is cut while the pieces of two tool calls take turns', async () => {
    const seen = await restored([
      call(0, '{"a":"[PERS'),
      call(1, '{"b":"[PER'),
      call(0, 'ON_12]"}'),
      call(1, 'SON_12]"}'),
      finish,
    ])
    expect(seen).toEqual([call(0, '{"a":"'), call(1, '{"b":"'), call(0, 'Bob"}'), call(1, 'Bob"}'), finish])
  })

  it('gives tools their own names back', async () => {
    const named: StreamPart = { type: 'tool-call-delta', index: 0, id: 'x', name: 'tool_1', arguments: '' }
    expect(await restored([named, { ...named, name: 'tool_2' }])).toEqual([
      { ...named, name: 'mail_ada' },
      { ...named, name: 'tool_2' },
    ])
  })

  it('loses no log-probability of a piece that was held back', async () => {
    const token = (name: string) => ({ token: name, logprob: -0.1, bytes: [], top: [] })
    const pieces = ['[PERSON', '_12', ']!', ' ['].map(
      (piece): StreamPart => ({ type: 'text-delta', text: piece, logprobs: [token(piece)] }),
    )
    expect(await restored([...pieces, finish])).toEqual([
      { type: 'text-delta', text: 'Bob!', logprobs: ['[PERSON', '_12', ']!'].map(token) },
      { type: 'text-delta', text: ' ', logprobs: [token(' [')] },
      text('['),
      finish,
    ])
  })
})

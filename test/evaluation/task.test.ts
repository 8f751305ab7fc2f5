import { describe, expect, it } from 'vitest'
import { readTasks, scoreAnswer } from '../../src/evaluation/task.ts'

describe('readTasks', () => {
  it('takes prompts and messages, and fills in what is left out', () => {
    const text = [
      '{"prompt":"2+2","expect":4,"score":"numeric","tolerance":0.5,"task":"sums","id":7,"max_tokens":5}',
      '',
      '{"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"hi"}],"expect":["hello","hi"]}',
    ].join('\r\n')
    expect(readTasks(text, 't.jsonl')).toEqual([
      {
        id: '7',
        task: 'sums',
        messages: [{ role: 'user', content: '2+2' }],
        expect: [4],
        score: 'numeric',
        tolerance: 0.5,
        maxTokens: 5,
      },
      {
        id: '2',
        task: 'all',
        messages: [
          { role: 'system', content: 'be brief' },
          { role: 'user', content: 'hi' },
        ],
        expect: ['hello', 'hi'],
        score: 'exact',
      },
    ])
  })

  it.each([
    ['no JSON', '{"prompt":"secret"', 't.jsonl:2: it is no JSON object'],
    ['neither prompt nor messages', '{"expect":"secret"}', 't.jsonl:2: prompt is missing'],
    ['both', '{"prompt":"secret","messages":[{"role":"user","content":"x"}],"expect":"y"}', 't.jsonl:2: prompt'],
    ['nothing expected', '{"prompt":"secret"}', 't.jsonl:2: expect is not fit for score exact'],
    ['an unknown score', '{"prompt":"secret","expect":"x","score":"bleu"}', 't.jsonl:2: score must be one of exact,'],
    ['an unknown key', '{"prompt":"secret","expect":"x","answer":"y"}', 'unknown keys: answer'],
    ['a broken pattern', '{"prompt":"secret","expect":"(","score":"regex"}', 'expect is no regular expression'],
    ['a word for a number', '{"prompt":"secret","expect":"four","score":"numeric"}', 'expect must be a number'],
    ['a choice there is not', '{"prompt":"secret","expect":"K","score":"choice"}', 'one of the choices'],
    ['text for JSON', '{"prompt":"secret","expect":"x","score":"json-field-f1"}', 'expect must be a JSON object'],
  ])('names the line with %s, and none of its content', (_, line, words) => {
    const read = () => readTasks(`{"prompt":"a","expect":"b"}\n${line}\n`, 't.jsonl')
    expect(read).toThrow(expect.objectContaining({ code: 'config-invalid' }))
    expect(read).toThrow(words)
    expect(read).not.toThrow('secret')
  })

  it('refuses a file without rows', () => {
    expect(() => readTasks('\n\n', 't.jsonl')).toThrow('holds no rows')
  })
})

describe('the score', () => {
  it.each([
    ['exact', 'alarm', ' alarm\n', 1],
    ['exact', 'alarm', 'Alarm', 0],
    ['exact', ['a', 'b'], 'b', 1],
    ['contains', 'Paris', 'It is paris.', 1],
    ['contains', 'Paris', 'It is Lyon.', 0],
    ['regex', '^\\d{3}$', '123', 1],
    ['regex', '^\\d{3}$', '1234', 0],
    ['numeric', 18, '```json\n{"reasoning": "9 * 2", "answer": "$18"}\n```', 1],
    ['numeric', '1,000', 'about 999 or rather 1000', 1],
    ['numeric', 1.5, 'none', 0],
    ['choice', 'B', 'The answer is B, not A.', 1],
    ['choice', 'A', 'a dog, so B', 0],
    ['json-field-f1', { a: 'x', b: ['y', 'z'] }, 'Here: {"b":["z","y"],"a":"x"}', 1],
    ['json-field-f1', { a: 'x', b: 'y' }, '{"a":"x","b":"n"}', 0.5],
    ['json-field-f1', '{"a":{"b":1}}', '{"a":{"b":1},"c":true}', 2 / 3],
    ['json-field-f1', { a: 'x' }, 'no JSON', 0],
    ['word-f1', 'tar --list --file a.tar', 'tar -t -f A.TAR', 0.6],
    ['word-f1', 'it is it', 'It, it.', 0.8],
    ['word-f1', '列出 tar 内容', '列出tar', 0.75],
    ['word-f1', '[', '[', 1],
    ['word-f1', '[', ']', 0],
    ['word-f1', 'a', '', 0],
  ] as const)('%s of %j in %j is %d', (score, expected, answer, value) => {
    const expect_ = Array.isArray(expected) ? expected : [expected]
    expect(scoreAnswer({ score, expect: expect_ }, answer)).toBeCloseTo(value, 9)
  })

  it('takes the longer of two choices that begin alike, whatever their order and signs', () => {
    const choices = ['in', 'in stock', 'c++']
    const of = (expected: string, answer: string) =>
      scoreAnswer({ score: 'choice', expect: [expected], choices }, answer)
    expect(of('in stock', 'It is In Stock today')).toBe(1)
    expect(of('c++', 'written in-house in c++')).toBe(0)
    expect(of('c++', 'written with c++')).toBe(1)
  })
})

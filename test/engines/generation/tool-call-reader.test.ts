import { describe, expect, it } from 'vitest'
import { type AnswerPiece, ToolCallReader } from '../../../src/engines/generation/tool-call-reader.ts'
import { toolCallText } from '../../../src/engines/tokenizer/tool-call-text.ts'

/** The pieces of an answer that comes in these texts; neighbours that say more of the same are joined. */
function read(texts: readonly string[]): readonly AnswerPiece[] {
  const reader = new ToolCallReader()
  const joined: AnswerPiece[] = []
  for (const piece of [...texts.flatMap((text) => reader.push(text)), ...reader.end()]) {
    const before = joined.at(-1)
    if (piece.kind === 'text' && before?.kind === 'text')
      joined[joined.length - 1] = { ...piece, text: before.text + piece.text }
    else if (piece.kind === 'arguments' && before?.kind === 'arguments') {
      joined[joined.length - 1] = { ...piece, json: before.json + piece.json }
    } else joined.push(piece)
  }
  return joined
}

const odd = '{"a": ["}", "\\"]", {"b": "</tool_call>"}]}'
const answers: [string, string, AnswerPiece[]][] = [
  ['text', ' It is <b>5</b> <tool_', [{ kind: 'text', text: ' It is <b>5</b> <tool_' }]],
  ['white space', '\n ', [{ kind: 'text', text: '\n ' }]],
  [
    'a call behind text',
    `Let me see.\n${toolCallText('look-up', odd)}`,
    [
      { kind: 'text', text: 'Let me see.\n' },
      { kind: 'call', index: 0, name: 'look-up' },
      { kind: 'arguments', index: 0, json: odd },
    ],
  ],
  [
    'two calls',
    ` ${toolCallText('a', '{}')}\n${toolCallText('b', '[1]')}`,
    [
      { kind: 'call', index: 0, name: 'a' },
      { kind: 'arguments', index: 0, json: '{}' },
      { kind: 'call', index: 1, name: 'b' },
      { kind: 'arguments', index: 1, json: '[1]' },
    ],
  ],
  [
    'a call that is cut off',
    toolCallText('a', '{"x": "y"}').slice(0, 48),
    [
      { kind: 'call', index: 0, name: 'a' },
      { kind: 'arguments', index: 0, json: '{"x": "y"' },
    ],
  ],
]

describe('a reader of tool calls', () => {
  it.each(answers)('finds the same in %s, wherever its pieces are cut', (_, text, pieces) => {
    expect(read([text])).toEqual(pieces)
    expect(read([...text])).toEqual(pieces)
    for (let first = 0; first <= text.length; first++) {
      expect(read([text.slice(0, first), text.slice(first)])).toEqual(pieces)
      expect(read([text.slice(0, first), text.slice(first, first + 3), text.slice(first + 3)])).toEqual(pieces)
    }
  })

  it('gives text and arguments as they come, and holds back only what may begin a call', () => {
    const reader = new ToolCallReader()
    expect(reader.push('Yes')).toEqual([{ kind: 'text', text: 'Yes' }])
    expect(reader.push(' <tool')).toEqual([{ kind: 'text', text: ' ' }])
    expect(reader.push('>')).toEqual([{ kind: 'text', text: '<tool>' }])
    reader.push('<tool_call>\n{"name": "a", "arguments": ')
    expect(reader.push('{"x')).toEqual([{ kind: 'arguments', index: 0, json: '{"x' }])
    expect(reader.push('": 1')).toEqual([{ kind: 'arguments', index: 0, json: '": 1' }])
  })
})

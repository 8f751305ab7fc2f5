/** A body for `/v1/chat/completions` with texts in every field that can hold one; `names` fit where only a word may stand. */
export function canaryRequest(
  texts: readonly string[],
  names: readonly string[],
  more: object = {},
): Record<string, unknown> {
  const share = Math.max(1, Math.ceil(texts.length / 10))
  let at = 0
  const next = () => {
    const lines = texts.slice(at, at + share).join('\n')
    at += share
    return lines === '' ? 'nothing more' : lines
  }
  const word = (index: number) => names[index % Math.max(1, names.length)] ?? 'nobody'
  const call = { id: `call_${word(0)}`.slice(0, 40), type: 'function' }
  return {
    model: 'auto',
    messages: [
      { role: 'system', content: next() },
      { role: 'developer', content: next() },
      { role: 'user', name: word(1), content: [{ type: 'text', text: next() }] },
      {
        role: 'assistant',
        content: next(),
        tool_calls: [
          { ...call, function: { name: 'look_up', arguments: JSON.stringify({ of: next(), list: [next()] }) } },
        ],
      },
      { role: 'tool', tool_call_id: call.id, content: JSON.stringify({ result: next() }) },
      { role: 'user', content: next() },
    ],
    tools: [
      {
        type: 'function',
        function: {
          name: 'look_up',
          description: next(),
          parameters: { type: 'object', properties: { of: { type: 'string', description: next() } } },
        },
      },
    ],
    stop: [word(2).slice(0, 60)],
    max_tokens: 8,
    user: word(3),
    metadata: { of: word(4) },
    ...more,
  }
}

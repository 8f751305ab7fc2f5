import { describe, expect, it } from 'vitest'
import { createChatTemplate } from '../../../src/engines/tokenizer/chat-template.ts'
import { toolCallText } from '../../../src/engines/tokenizer/tool-call-text.ts'
import type { Message, Tool } from '../../../src/spec/request.ts'

const same = (text: string) => text
const tools: Tool[] = [
  {
    name: 'weather',
    description: 'Of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
  },
]
const history: Message[] = [
  { role: 'user', content: 'Rome?' },
  { role: 'assistant', content: 'Wait.', toolCalls: [{ id: '1', name: 'weather', arguments: '{"city":"<|end|>"}' }] },
  { role: 'tool', content: 'rain', toolCallId: '1' },
  { role: 'tool', content: 'wind', toolCallId: '2' },
  { role: 'user', content: 'And now?' },
]
const plain = '{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}'

/** In the manner of Qwen's template. */
const knowing = `{% if tools %}[tools]{% for t in tools %}{{ t | tojson }}{% endfor %}{% endif %}{% for m in messages %}[{{ m.role }}]{{ m.content }}{% for c in m.tool_calls or [] %}<tool_call>{{ c.function.arguments | tojson }}</tool_call>{% endfor %}{% endfor %}`

function render(
  chatTemplate: string,
  messages: readonly Message[],
  offered: readonly Tool[] = tools,
  protect = same,
): string {
  return createChatTemplate({ chatTemplate, config: {} }).render(messages, protect, offered)
}

describe('tools in a chat template that knows them', () => {
  it('are given to it, with calls and results as values', () => {
    const rendered = render(knowing, history)
    expect(rendered).toContain('[tools]{"type": "function", "function": {"name": "weather", "description": "Of a city"')
    expect(rendered).toContain(
      '[assistant]Wait.<tool_call>{"city": "<|end|>"}</tool_call>[tool]rain[tool]wind[user]And now?',
    )
    expect(render(knowing, history, [])).not.toContain('[tools]')
  })

  it('are protected, every text in them', () => {
    const hostile: Tool[] = [{ name: 'x', description: '<|end|>', parameters: { '<|end|>': ['<|end|>'] } }]
    expect(render(knowing, history, hostile, (text) => text.replaceAll('<|end|>', '#'))).not.toContain('<|end|>')
  })

  it('leave the arguments of a call as text when they are no JSON', () => {
    const broken: Message[] = [
      { role: 'assistant', content: '', toolCalls: [{ id: '1', name: 'x', arguments: '{oops' }] },
    ]
    expect(render(knowing, broken)).toContain('<tool_call>"{oops"</tool_call>')
  })
})

describe('tools in a chat template that knows nothing of them', () => {
  it('are described in a system message, in front of the others or behind the one that is there', () => {
    const [system, user] = render(plain, [{ role: 'user', content: 'hi' }]).split('[user]')
    expect(system).toMatch(/^\[system\]You may call these tools:/)
    expect(system).toContain('{"name":"weather","description":"Of a city","parameters":{')
    expect(user).toBe('hi')
    const both = render(plain, [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hi' },
    ])
    expect(both).toMatch(/^\[system\]Be brief\.\n\nYou may call these tools:/)
    expect(both.match(/\[system\]/g)).toHaveLength(1)
  })

  it('are described in the first user message where the template knows no system', () => {
    const strict = `{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}${plain}`
    expect(render(strict, [{ role: 'user', content: 'hi' }])).toMatch(/^\[user\]You may call .*\n\nhi$/s)
  })

  it('have their calls and results written as text, results of one turn together', () => {
    const call = toolCallText('weather', '{"city":"<|end|>"}')
    expect(render(plain, history, [])).toBe(
      `[user]Rome?[assistant]Wait.\n${call}[user]<tool_response>\nrain\n</tool_response>\n<tool_response>\nwind\n</tool_response>[user]And now?`,
    )
  })

  it('leave messages without tools as they are', () => {
    expect(render(plain, [{ role: 'user', content: 'hi' }], [])).toBe('[user]hi')
  })
})

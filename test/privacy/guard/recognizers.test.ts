import { expect, it } from 'vitest'
import { createDetector } from '../../../src/privacy/detector.ts'
import { createGuard } from '../../../src/privacy/guard.ts'
import { policySchema } from '../../../src/spec/policy.ts'

const fields = ['patient', 'room']
const detector = createDetector({
  custom: [{ kind: 'json-field', name: 'ward', entity: 'CUSTOM', score: 0.9, fields }],
})
const policy = policySchema.parse({ privacy: { personalData: 'protect', classes: { NATIONAL_ID: 'redact' } } })
const guard = createGuard({ policy, detector })

it('reads JSON by its meaning for the recognizers, and by its syntax for rules about fields', async () => {
  const content =
    '{"ssn":"536-22-1234", "phone":4155551234, "patient":"j\\u0061n", "room": 12, "note":"mail \\u0061da@example.org"}'
  const call = { id: 'c', name: 'find', arguments: content }
  const request = {
    id: 'r',
    model: 'auto',
    messages: [{ role: 'assistant' as const, content, toolCalls: [call] }],
    sampling: { temperature: 0, topP: 1, topK: 0 },
    stop: [],
  }
  const views = await guard.protect(request, { keyId: 'k', signal: new AbortController().signal })
  const [message] = views.sanitised?.messages ?? []
  expect(message?.content).toBe(
    '{"ssn":"[ID]", "phone":[PHONE_1], "patient":"[VALUE_1]", "room": [VALUE_2], "note":"mail [EMAIL_1]"}',
  )
  expect(message?.role === 'assistant' && JSON.parse(message.toolCalls?.[0]?.arguments ?? '')).toEqual({
    ssn: '[ID]',
    phone: '[PHONE_1]',
    patient: '[VALUE_1]',
    room: '[VALUE_2]',
    note: 'mail [EMAIL_1]',
  })
})

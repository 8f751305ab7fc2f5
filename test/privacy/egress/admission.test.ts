import { describe, expect, it } from 'vitest'
import { refusal } from '../../../src/privacy/egress/admission.ts'
import { type InspectBytes, markSanitised, OutboundBody } from '../../../src/spec/outbound.ts'
import type { Outbound } from '../../../src/spec/ports.ts'

const origin = 'https://hub.example'
const allowed = new Map([[origin, true]])

function outboundWith(inspect?: InspectBytes): Outbound {
  const request = { id: 'r', model: 'm', messages: [], sampling: { temperature: 0, topP: 1, topK: 0 }, stop: [] }
  const sanitised = markSanitised(request, inspect === undefined ? {} : { inspect })
  return {
    url: new URL('/v1', origin),
    method: 'POST',
    headers: {},
    body: OutboundBody.fromRequest(sanitised, () => ({ say: 'Ada Lovelace' })),
    purpose: 'inference',
    headersTimeoutMs: 1,
    bodyTimeoutMs: 1,
    signal: new AbortController().signal,
  }
}

describe('a body that wants to leave', () => {
  it('is looked through in its final bytes, and leaves when nothing is found', () => {
    const seen: string[] = []
    const inspect = (bytes: Uint8Array) => {
      seen.push(new TextDecoder().decode(bytes))
      return undefined
    }
    expect(refusal(outboundWith(inspect), allowed)).toBeUndefined()
    expect(seen).toEqual(['{"say":"Ada Lovelace"}'])
    expect(refusal(outboundWith(), allowed)).toBeUndefined()
  })

  it('is refused with the class and the form of what is found in it', () => {
    const because = refusal(
      outboundWith(() => 'it holds PERSON, plain'),
      allowed,
    )
    expect(because).toContain('it holds PERSON, plain, which policy.privacy does not let out')
    expect(because).not.toContain('Ada')
  })

  it('is refused when the look fails, and without what it says', () => {
    const failing = () => {
      throw new Error('Ada Lovelace')
    }
    expect(refusal(outboundWith(failing), allowed)).toBe('the final bytes of the request could not be looked through')
  })
})

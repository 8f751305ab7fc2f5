import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EdgewiseError } from '../../../src/spec/errors.ts'
import { formatJoinToken, type JoinToken, parseJoinToken } from '../../../src/sync/enrolment/join-token.ts'

const token: JoinToken = {
  url: 'https://hub.example:4600',
  fingerprint: '0123456789abcdef'.repeat(4),
  secret: 'fedcba9876543210'.repeat(4),
}

function messageOf(text: string): string {
  try {
    parseJoinToken(text)
  } catch (error) {
    if (error instanceof EdgewiseError && error.code === 'token-invalid') return error.message
    throw error
  }
  throw new Error(`${text} was read`)
}

describe('a join token', () => {
  it('is one printable line without spaces that reads back', () => {
    const text = formatJoinToken(token)
    expect(text).toMatch(/^edgewise-join-[\w-]+$/)
    expect(parseJoinToken(text)).toEqual(token)
    expect(parseJoinToken(`  ${text}\r\n`)).toEqual(token)
  })

  it('reads back whatever it holds', () => {
    const hexadecimal = fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .map((bytes) => Buffer.from(bytes).toString('hex'))
    const address = fc.webUrl({ validSchemes: ['https'] })
    fc.assert(
      fc.property(address, hexadecimal, hexadecimal, (url, fingerprint, secret) => {
        expect(parseJoinToken(formatJoinToken({ url, fingerprint, secret }))).toEqual({ url, fingerprint, secret })
      }),
      { numRuns: 20 },
    )
  })

  it('is recognised as cut wherever it was cut', () => {
    const text = formatJoinToken(token)
    for (let length = 'edgewise-join-'.length; length < text.length; length += 1) {
      expect(messageOf(text.slice(0, length))).toMatch(/cut short or mistyped/)
    }
  })

  it('is recognised as mistyped when one character differs', () => {
    const text = formatJoinToken(token)
    for (let at = 'edgewise-join-'.length; at < text.length; at += 1) {
      const other = text[at] === 'A' ? 'B' : 'A'
      expect(messageOf(text.slice(0, at) + other + text.slice(at + 1))).toMatch(/mistyped/)
    }
    expect(messageOf(`${text.slice(0, 40)} ${text.slice(40)}`)).toMatch(/mistyped/)
  })

  it('is told from other things, without repeating them', () => {
    expect(messageOf('sk-live-123456')).toMatch(/no join token/)
    expect(messageOf('sk-live-123456')).not.toMatch(/123456/)
    expect(messageOf('')).toMatch(/no join token/)
    expect(messageOf('edgewise-join-')).toMatch(/cut short/)
  })

  it('leads nowhere but to an https address', () => {
    expect(messageOf(formatJoinToken({ ...token, url: 'http://hub.example' }))).toMatch(/no https address/)
    expect(messageOf(formatJoinToken({ ...token, url: 'nonsense' }))).toMatch(/no https address/)
  })
})

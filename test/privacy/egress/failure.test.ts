import { expect, it } from 'vitest'
import { failureOf } from '../../../src/privacy/egress/failure.ts'
import { EdgewiseError } from '../../../src/spec/errors.ts'

const origin = 'https://hub.example:4600'

function systemError(code: string): Error {
  return Object.assign(new Error(`made-up ${code}`), { code })
}

it.each([
  ['ECONNREFUSED', 'queued', 'link-down'],
  ['ENOTFOUND', 'queued', 'link-down'],
  ['EHOSTUNREACH', 'queued', 'link-down'],
  ['ECONNRESET', 'sent', 'link-down'],
  ['UND_ERR_SOCKET', 'sent', 'link-down'],
  ['ECONNRESET', 'answering', 'stream-cut'],
  ['HPE_INVALID_CHUNK_SIZE', 'answering', 'stream-cut'],
  ['UND_ERR_HEADERS_OVERFLOW', 'sent', 'upstream-failed'],
  ['UND_ERR_DESTROYED', 'answering', 'aborted'],
  ['UND_ERR_INVALID_ARG', 'queued', 'internal'],
  ['CERT_HAS_EXPIRED', 'queued', 'fingerprint-mismatch'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'queued', 'fingerprint-mismatch'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'sent', 'edge-unknown'],
  ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', 'sent', 'edge-unknown'],
] as const)('%s of a send that is %s means %s, and the message names both', (code, phase, expected) => {
  const failure = failureOf(systemError(code), phase, origin)
  expect(failure.code).toBe(expected)
  expect(failure.message).toContain(origin)
  expect(failure.cause).toMatchObject({ code })
})

it('leaves an EdgewiseError as it is', () => {
  const failure = new EdgewiseError('fingerprint-mismatch', 'as it was')
  expect(failureOf(failure, 'queued', origin)).toBe(failure)
})

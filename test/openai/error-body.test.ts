import { describe, expect, it } from 'vitest'
import { errorBody, errorHeaders } from '../../src/openai/error-body.ts'
import { modelsBody } from '../../src/openai/models-body.ts'
import { asEdgewiseError, EdgewiseError, type ErrorCode } from '../../src/spec/errors.ts'

describe('errorBody', () => {
  it.each([
    ['invalid-request', 'invalid_request_error'],
    ['unauthorized', 'authentication_error'],
    ['policy-forbids', 'permission_error'],
    ['model-not-found', 'not_found_error'],
    ['request-timeout', 'timeout_error'],
    ['body-too-large', 'invalid_request_error'],
    ['overloaded', 'rate_limit_error'],
    ['link-down', 'server_error'],
  ] as const)('calls %s an %s', (code, type) => {
    expect(errorBody(new EdgewiseError(code, 'what happened', { param: 'messages.0' }))).toEqual({
      error: { message: 'what happened', type, code, param: 'messages.0' },
    })
  })

  it('says null for a param it does not have', () => {
    expect(errorBody(new EdgewiseError('overloaded', 'busy')).error.param).toBeNull()
  })

  it('keeps the text of an unforeseen exception to itself', () => {
    const { message } = errorBody(asEdgewiseError(new TypeError('cannot read "the prompt"'))).error
    expect(message).not.toContain('prompt')
  })
})

describe('errorHeaders', () => {
  it('rounds the wait up to whole seconds', () => {
    const error = new EdgewiseError('overloaded', 'busy', { retryAfterSeconds: 1.2 })
    expect(errorHeaders(error)).toEqual({ 'retry-after': '2' })
    expect(errorHeaders(new EdgewiseError('link-down', 'down', { retryAfterSeconds: 0 }))).toEqual({
      'retry-after': '0',
    })
  })

  it('asks for a usual wait when nobody knows how long a 503 will last', () => {
    expect(errorHeaders(new EdgewiseError('link-down', 'down'))).toEqual({ 'retry-after': '5' })
  })

  it('tells the openai clients not to repeat what cannot succeed', () => {
    expect(errorHeaders(new EdgewiseError('deadline-exceeded', 'late'))).toEqual({ 'x-should-retry': 'false' })
    expect(errorHeaders(new EdgewiseError('stream-cut', 'cut'))).toEqual({})
    expect(errorHeaders(new EdgewiseError('invalid-request' satisfies ErrorCode, 'bad'))).toEqual({})
  })

  it('names the scheme of the credential that is missing', () => {
    expect(errorHeaders(new EdgewiseError('unauthorized', 'no key'))).toEqual({ 'www-authenticate': 'Bearer' })
  })
})

describe('modelsBody', () => {
  it('lists models as OpenAI does', () => {
    expect(modelsBody([{ id: 'small', ownedBy: 'edgewise', created: 7 }])).toEqual({
      object: 'list',
      data: [{ id: 'small', object: 'model', created: 7, owned_by: 'edgewise' }],
    })
  })
})

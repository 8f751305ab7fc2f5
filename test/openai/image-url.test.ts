import { describe, expect, it } from 'vitest'
import { parseChatRequest } from '../../src/openai/chat-request.ts'
import { imageUrl } from '../../src/openai/image-url.ts'
import { EdgewiseError } from '../../src/spec/errors.ts'

function faultOf(run: () => unknown): EdgewiseError | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    if (error instanceof EdgewiseError) return error
    throw error
  }
}

describe('an image in a request', () => {
  it.each([
    'data:image/png;base64,AAAA',
    'DATA:IMAGE/JPEG;BASE64,/9j/4A==',
    'data:image/webp;base64,UklGRg=',
    'https://images.example.org/cat.png',
  ])('may be %s', (url) => {
    expect(imageUrl(url, 'messages.0.content.0.image_url.url')).toBe(url)
  })

  it.each([
    ['data:image/svg+xml;base64,AAAA', 'must be an image of type'],
    ['data:text/html;base64,AAAA', 'must be an image of type'],
    ['data:image/png,plain', 'must be an image of type'],
    ['data:image/png;base64,', 'is not valid base64'],
    ['data:image/png;base64,AA AA', 'is not valid base64'],
    ['data:image/png;base64,A=AA', 'is not valid base64'],
    [`data:image/png;base64,${'A'.repeat(30_000_000)}`, 'an image may have 20971520'],
    ['http://169.254.169.254/latest/zq-secret', 'private network'],
    ['http://zq-secret:zq@images.example.org/', 'user name'],
  ])('may not be %.60s', (url, reason) => {
    const error = faultOf(() => imageUrl(url, 'the.field'))
    expect(error).toMatchObject({ code: 'invalid-request', param: 'the.field' })
    expect(error?.message).toContain(reason)
    expect(error?.message).not.toContain('zq')
  })

  it('is judged where a request is read, with the field that holds it', () => {
    const content = [{ type: 'image_url', image_url: { url: 'http://localhost:4610/x.png' } }]
    const error = faultOf(() =>
      parseChatRequest({ id: 'r', body: { model: 'm', messages: [{ role: 'user', content }] } }),
    )
    expect(error).toMatchObject({ code: 'invalid-request', param: 'messages.0.content.0.image_url.url' })
  })
})

describe('a schema in a request', () => {
  const read = (parameters: unknown) => () =>
    parseChatRequest({
      id: 'r',
      body: {
        model: 'm',
        messages: [{ role: 'user', content: 'x' }],
        tools: [{ type: 'function', function: { name: 'f', parameters } }],
      },
    })

  it.each(['http://169.254.169.254/x', 'file:///etc/passwd', '//host/x', 'HTTPS://host/x'])(
    'may not refer to %s',
    ($ref) => {
      const error = faultOf(read({ type: 'object', properties: { of: { anyOf: [{ $ref }] } } }))
      expect(error).toMatchObject({ code: 'invalid-request', param: 'tools.0.function.parameters' })
      expect(error?.message).not.toContain('169.254')
    },
  )

  it('may refer to itself, and speak of references', () => {
    const $ref = '#/$defs/a'
    const properties = { $ref: { type: 'string' }, of: { $ref }, word: { enum: [{ $ref: 'http://x' }] } }
    expect(
      faultOf(read({ $schema: 'https://json-schema.org/draft/2020-12/schema', properties, $defs: { a: {} } })),
    ).toBeUndefined()
  })
})

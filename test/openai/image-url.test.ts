import { describe, expect, it } from 'vitest'
import { parseChatRequest } from '../../src/openai/chat-request.ts'
import { imageUrl } from '../../src/openai/image-url.ts'
import { refuseRemoteReferences } from '../../src/openai/schema-references.ts'
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

  it('travels as it was read', () => {
    expect(imageUrl('HTTPS:images.EXAMPLE.org/a/../cat.png', 'p')).toBe('https://images.example.org/cat.png')
    expect(imageUrl('https:///images.example.org/ü', 'p')).toBe('https://images.example.org/%C3%BC')
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

  const $ref = 'http://169.254.169.254/x'
  it.each([
    ['in what is called default', { properties: { default: { $ref } } }],
    ['in what is called enum', { $defs: { enum: { anyOf: [{ $ref: 'file:///etc/passwd' }] } } }],
    ['by a base', { $id: 'http://169.254.169.254/latest/', properties: { a: { $ref: 'meta-data' } } }],
    ['by a path', { $ref: '../secret.json' }],
    ['by a path from the root', { $dynamicRef: '/etc/passwd' }],
    ['with a control character', { $ref: '\0http://10.0.0.1/' }],
    ['through its data', { $ref: '#/%64efault', default: { $ref } }],
    ['for its kind', { $schema: $ref }],
  ])('may not lead elsewhere %s', (_, parameters) => {
    expect(faultOf(read({ type: 'object', ...parameters }))).toMatchObject({ code: 'invalid-request' })
  })

  it('is read to any depth', () => {
    let deep: unknown = { $ref }
    for (let depth = 0; depth < 50_000; depth += 1) deep = { items: deep }
    expect(faultOf(() => refuseRemoteReferences(deep, 'p'))).toMatchObject({ code: 'invalid-request' })
  })

  it('may refer to itself, and speak of references', () => {
    const $ref = '#/$defs/a'
    const properties = { $ref: { type: 'string' }, of: { $ref }, word: { enum: [{ $ref: 'http://x' }] } }
    expect(
      faultOf(read({ $schema: 'https://json-schema.org/draft/2020-12/schema', properties, $defs: { a: {} } })),
    ).toBeUndefined()
  })
})

import { describe, expect, it } from 'vitest'
import { readBody } from '../../../src/openai/http/read-body.ts'
import { EdgewiseError } from '../../../src/spec/errors.ts'

const forever = new AbortController().signal

function post(body: ConstructorParameters<typeof Response>[0], headers: Record<string, string> = {}): Request {
  return new Request('http://localhost/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit)
}

function pieces(list: readonly string[], taken: string[] = []): ReadableStream<Uint8Array> {
  const rest = [...list]
  return new ReadableStream(
    {
      pull(controller) {
        const piece = rest.shift()
        if (piece === undefined) return controller.close()
        taken.push(piece)
        controller.enqueue(new TextEncoder().encode(piece))
      },
    },
    { highWaterMark: 0 },
  )
}

describe('reading a body', () => {
  it('gives the text of a body with and without a declared length', async () => {
    const whole = post('{"größe":1}', { 'content-length': '13' })
    expect(await readBody({ request: whole, maxBytes: 13, signal: forever })).toBe('{"größe":1}')
    const inPieces = post(pieces(['{"a":', '1}']))
    expect(await readBody({ request: inPieces, maxBytes: 7, signal: forever })).toBe('{"a":1}')
    expect(await readBody({ request: post(null), maxBytes: 7, signal: forever })).toBe('')
  })

  it('joins a character that was cut in half', async () => {
    const bytes = new TextEncoder().encode('é')
    const halves = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes.slice(0, 1))
        controller.enqueue(bytes.slice(1))
        controller.close()
      },
    })
    expect(await readBody({ request: post(halves), maxBytes: 9, signal: forever })).toBe('é')
  })

  it('refuses by Content-Length alone, before reading anything', async () => {
    const taken: string[] = []
    const request = post(pieces(['aaaa', 'bbbb'], taken), { 'content-length': '8' })
    await expect(readBody({ request, maxBytes: 7, signal: forever })).rejects.toMatchObject({
      code: 'body-too-large',
      status: 413,
    })
    expect(taken).toEqual([])
  })

  it('stops reading a body without a length as soon as it passes the limit', async () => {
    const taken: string[] = []
    const request = post(pieces(['aaaa', 'bbbb', 'cccc', 'dddd'], taken))
    await expect(readBody({ request, maxBytes: 7, signal: forever })).rejects.toMatchObject({ code: 'body-too-large' })
    expect(taken).toEqual(['aaaa', 'bbbb'])
  })

  it('does not trust a Content-Length that is too small', async () => {
    const request = post('0123456789', { 'content-length': '2' })
    await expect(readBody({ request, maxBytes: 5, signal: forever })).rejects.toMatchObject({ code: 'body-too-large' })
  })

  it('refuses compressed bodies, odd lengths and bytes that are no UTF-8', async () => {
    const invalid = { code: 'invalid-request' }
    const gzip = post('x', { 'content-encoding': 'gzip' })
    await expect(readBody({ request: gzip, maxBytes: 9, signal: forever })).rejects.toMatchObject(invalid)
    const odd = post('x', { 'content-length': '1e3' })
    await expect(readBody({ request: odd, maxBytes: 9, signal: forever })).rejects.toMatchObject(invalid)
    const latin = post(new Uint8Array([0x7b, 0xff, 0x7d]))
    await expect(readBody({ request: latin, maxBytes: 9, signal: forever })).rejects.toMatchObject(invalid)
  })

  it('stops waiting when the signal aborts, with its reason', async () => {
    const stalled = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) })
    const timer = new AbortController()
    const reading = readBody({ request: post(stalled), maxBytes: 9, signal: timer.signal })
    timer.abort(new EdgewiseError('request-timeout', 'too slow'))
    await expect(reading).rejects.toMatchObject({ code: 'request-timeout' })
    const before = readBody({ request: post('x'), maxBytes: 9, signal: AbortSignal.abort() })
    await expect(before).rejects.toMatchObject({ code: 'aborted' })
  })
})

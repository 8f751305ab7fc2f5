import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { startModelHub } from '../../src/testing/model-hub.ts'

const id = 'acme/Tiny'
const large = Buffer.from(Array.from({ length: 9000 }, (_, index) => index % 256))
const sha256 = createHash('sha256').update(large).digest('hex')
const files = { 'config.json': '{}', 'onnx/model.onnx': large }

const open = () => startModelHub({ repositories: { [id]: { files } } })
const get = (url: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(url, { headers, method, redirect: 'manual' })

describe('the model hub for tests', () => {
  it('lists a repository at its commit, large files with their SHA-256, small ones as git names them', async () => {
    await using hub = await open()
    const { sha } = (await (await get(`${hub.endpoint}/api/models/${id}/revision/main`)).json()) as { sha: string }
    expect(sha).toBe(hub.commitOf(id))
    expect(await (await get(`${hub.endpoint}/api/models/${id}/tree/${sha}?recursive=true`)).json()).toEqual([
      { type: 'directory', oid: '0'.repeat(40), size: 0, path: 'onnx' },
      // `printf {} | git hash-object --stdin`
      { type: 'file', oid: '9e26dfeeb6e641a33dae4961196235bdb965b21b', size: 2, path: 'config.json' },
      {
        type: 'file',
        oid: expect.stringMatching(/^[0-9a-f]{40}$/),
        size: 9000,
        path: 'onnx/model.onnx',
        lfs: { oid: sha256, size: 9000, pointerSize: 130 },
      },
    ])
  })

  it('sends for a large file to another origin, and says what is there', async () => {
    await using hub = await open()
    const answer = await get(`${hub.endpoint}/${id}/resolve/main/onnx/model.onnx`, {}, 'HEAD')
    expect(answer.status).toBe(302)
    expect(new URL(answer.headers.get('location') ?? '').origin).toBe(hub.cdnOrigin)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'x-repo-commit': hub.commitOf(id),
      'x-linked-etag': `"${sha256}"`,
      'x-linked-size': '9000',
    })
  })

  it('keeps small files on its own origin', async () => {
    await using hub = await open()
    const answer = await get(`${hub.endpoint}/${id}/resolve/main/config.json`)
    expect(answer.status).toBe(307)
    const file = await get(new URL(answer.headers.get('location') ?? '', hub.endpoint).href)
    expect([await file.text(), file.headers.get('etag')]).toEqual(['{}', '"9e26dfeeb6e641a33dae4961196235bdb965b21b"'])
  })

  it.each([
    ['a range', { range: 'bytes=8990-' }, 206, 'bytes 8990-8999/9000', 10],
    [
      'a range of the same content',
      { range: 'bytes=8990-', 'if-range': `"${sha256}"` },
      206,
      'bytes 8990-8999/9000',
      10,
    ],
    ['a range of other content', { range: 'bytes=8990-', 'if-range': '"other"' }, 200, null, 9000],
    ['a range behind the end', { range: 'bytes=9000-' }, 416, 'bytes */9000', 0],
  ])('answers %s as RFC 9110 has it', async (_, headers, status, range, bytes) => {
    await using hub = await open()
    const answer = await get(`${hub.cdnOrigin}/${id}/${hub.commitOf(id)}/onnx/model.onnx`, headers)
    expect([answer.status, answer.headers.get('content-range')]).toEqual([status, range])
    expect((await answer.arrayBuffer()).byteLength).toBe(bytes)
    expect(hub.requests.at(-1)).toMatchObject({ place: 'cdn', range: headers.range, sentBytes: bytes })
  })

  it('fails as it is told, where it is told, and then no more', async () => {
    await using hub = await open()
    const url = `${hub.cdnOrigin}/${id}/${hub.commitOf(id)}/onnx/model.onnx`
    hub.fail(
      { place: 'cdn', path: 'model.onnx' },
      { kind: 'status', status: 429, retryAfter: '3' },
      { kind: 'cut', afterBytes: 100 },
      { kind: 'corrupt', atByte: 7 },
    )
    expect((await get(url)).headers.get('retry-after')).toBe('3')
    await expect(get(url).then((answer) => answer.arrayBuffer())).rejects.toThrow()
    const corrupt = Buffer.from(await (await get(url)).arrayBuffer())
    expect([...corrupt.entries()].filter(([index, byte]) => byte !== large[index]).map(([index]) => index)).toEqual([7])
    expect(Buffer.from(await (await get(url)).arrayBuffer()).equals(large)).toBe(true)
  })
})

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeAll, describe, expect, it } from 'vitest'
import type { EdgewiseError } from '../../src/spec/errors.ts'
import type { HubFault } from '../../src/testing/model-hub.ts'
import { openTestStore, type TestStore, tinyModelFiles } from './store-of-test.ts'

const token = 'hf_secretsecretsecret'
const weights = 'onnx/model_q4.onnx_data'
let files: Record<string, Buffer>
beforeAll(async () => {
  files = await tinyModelFiles()
})

const open = () =>
  openTestStore({
    token,
    repositories: {
      'acme/Tiny': { files },
      'acme/Private': { files, access: 'private' },
      'acme/Gated': { files, access: 'gated' },
    },
  })

const withToken = ({ hub }: TestStore, value = token) => ({ hub: { endpoint: hub.endpoint, token: value } })
const times = (count: number, fault: HubFault) => Array.from({ length: count }, () => fault)

/** What a pull that has to fail says. */
async function refusal(pulling: Promise<unknown>): Promise<EdgewiseError> {
  const error = (await pulling.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )) as EdgewiseError
  expect(error.message).not.toContain('secret')
  return error
}

describe('a hub that says no', () => {
  it('for a private model: HF_TOKEN is named, and works', async () => {
    await using store = await open()
    expect(await refusal(store.pull('hf:acme/Private'))).toMatchObject({
      code: 'unauthorized',
      message: expect.stringMatching(/no access to acme\/Private \(401\)\. Check the name; .* set HF_TOKEN/),
    })
    expect(await refusal(store.pull('hf:acme/Private', withToken(store, 'hf_secret_old')))).toMatchObject({
      message: expect.stringMatching(/HF_TOKEN is wrong, has expired or may not read it/),
    })
    expect((await store.pull('hf:acme/Private', withToken(store))).wasThere).toBe(false)
  })

  it('for a gated model: where to accept its conditions', async () => {
    await using store = await open()
    const page = `${store.hub.endpoint}/acme/Gated`
    expect(await refusal(store.pull('hf:acme/Gated'))).toMatchObject({
      code: 'unauthorized',
      message: expect.stringMatching(
        /acme\/Gated is gated \(401\)\. HF_TOKEN is not set\. Accept the conditions at http/,
      ),
    })
    const { message } = await refusal(store.pull('hf:acme/Gated', withToken(store)))
    expect(message).toMatch(/gated \(403\)\. The account of HF_TOKEN is not let in/)
    expect(message).toContain(page)
    store.hub.letIn('acme/Gated')
    expect((await store.pull('hf:acme/Gated', withToken(store))).manifest.org).toBe('acme')
  })

  it('for a model, a revision or a file that is not there: which of them', async () => {
    await using store = await open()
    expect(await refusal(store.pull('hf:acme/None'))).toMatchObject({
      code: 'model-not-found',
      message: expect.stringMatching(/has no model acme\/None\. Check the name; HF_ENDPOINT/),
    })
    expect(await refusal(store.pull('hf:acme/Tiny@v9'))).toMatchObject({
      code: 'model-not-found',
      message: expect.stringMatching(/no such revision of acme\/Tiny\. Name a branch, a tag or a whole commit/),
    })
    store.hub.fail({ place: 'resolve', path: weights }, { kind: 'status', status: 404, errorCode: 'EntryNotFound' })
    expect(await refusal(store.pull('hf:acme/Tiny'))).toMatchObject({
      code: 'model-not-found',
      message: expect.stringMatching(/no longer has onnx\/model_q4\.onnx_data of acme\/Tiny, which it has listed/),
    })
    expect(store.waits).toEqual([])
  })

  it('for now: its Retry-After is obeyed', async () => {
    await using store = await open()
    store.hub.fail({ place: 'api' }, { kind: 'status', status: 429, retryAfter: '7' })
    store.hub.fail({ place: 'resolve', path: weights }, { kind: 'status', status: 429, retryAfter: '11' })
    store.hub.fail(
      { place: 'cdn', path: weights },
      { kind: 'status', status: 503, retryAfter: 'Thu, 01 Jan 2026 00:00:05 GMT' },
    )
    await store.pull('hf:acme/Tiny')
    expect(store.waits.toSorted()).toEqual([11_000, 5000, 7000])
    expect(store.events.filter(({ type }) => type === 'retry')).toMatchObject([{ afterMs: 7000 }, {}, {}])
  })

  it('for longer than anybody waits: when to come back, and that a token may help', async () => {
    await using store = await open()
    store.hub.fail({ place: 'api' }, { kind: 'status', status: 429, retryAfter: '3600' })
    expect(await refusal(store.pull('hf:acme/Tiny'))).toMatchObject({
      code: 'upstream-failed',
      retryAfterSeconds: 3600,
      message: expect.stringMatching(/takes no more requests now \(429\) .* try again in 3600 s\. With HF_TOKEN set/),
    })
    expect(store.waits).toEqual([])
  })

  it('by failing: six times are enough', async () => {
    await using store = await open()
    store.hub.fail({ place: 'api' }, ...times(6, { kind: 'status', status: 502, errorMessage: 'bad\tg\u00e4te' }))
    expect(await refusal(store.pull('hf:acme/Tiny'))).toMatchObject({
      code: 'upstream-failed',
      message: expect.stringMatching(/failed with status 502 for acme\/Tiny: bad g te$/),
    })
    expect(store.waits).toHaveLength(5)
  })

  it('by a status that nobody expects: at once', async () => {
    await using store = await open()
    store.hub.fail({ place: 'api' }, { kind: 'status', status: 418 })
    expect(await refusal(store.pull('hf:acme/Tiny'))).toMatchObject({ code: 'upstream-rejected' })
  })

  it('by nothing, but is cut in its listing: it is asked again', async () => {
    await using store = await open()
    store.hub.fail({ place: 'api', path: 'main' }, { kind: 'cut', afterBytes: 10 })
    store.hub.fail({ place: 'api', path: store.hub.commitOf('acme/Tiny') }, { kind: 'cut', afterBytes: 200 })
    expect((await store.pull('hf:acme/Tiny')).wasThere).toBe(false)
    expect(store.waits).toEqual([500, 500])
  })

  it('by a page in place of its listing: that this is no hub', async () => {
    await using store = await open()
    store.hub.fail({ place: 'api' }, { kind: 'html' })
    expect(await refusal(store.pull('hf:acme/Tiny'))).toMatchObject({
      code: 'upstream-rejected',
      message: expect.stringMatching(/not as a hub of models does: look at HF_ENDPOINT/),
    })
  })

  it('by not being there', async () => {
    await using store = await open()
    const nobody = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => nobody.once('listening', resolve))
    const { port } = nobody.address() as AddressInfo
    await new Promise((resolve) => nobody.close(resolve))
    const hub = { endpoint: `http://127.0.0.1:${port}` }
    expect(await refusal(store.pull('hf:acme/Tiny', { hub }))).toMatchObject({
      code: 'link-down',
      message: `127.0.0.1:${port} cannot be reached: ECONNREFUSED`,
    })
  })
})

describe('the token', () => {
  it('goes to the hub and never to where it redirects', async () => {
    await using store = await open()
    await store.pull('hf:acme/Private', withToken(store))
    const { requests } = store.hub
    const elsewhere = requests.filter(({ place }) => place === 'cdn')
    expect(elsewhere.length).toBeGreaterThan(0)
    expect(elsewhere.filter(({ authorization }) => authorization !== undefined)).toEqual([])
    for (const { place, authorization } of requests) {
      if (place !== 'cdn') expect(authorization).toBe(`Bearer ${token}`)
    }
  })

  it('is not sent when there is none', async () => {
    await using store = await open()
    await store.pull('hf:acme/Tiny')
    expect(store.hub.requests.some(({ authorization }) => authorization !== undefined)).toBe(false)
  })
})

describe('a redirect', () => {
  it.each([
    ['http://198.51.100.1/x', /sent us on to http:\/\/198\.51\.100\.1, which is not https/],
    ['ftp://127.0.0.1/x', /which is not https/],
    ['file:///etc/passwd', /which is not https/],
  ])('to %s is not followed', async (location, message) => {
    await using store = await open()
    store.hub.fail({ place: 'resolve', path: weights }, { kind: 'redirect', location })
    expect(await refusal(store.pull('hf:acme/Tiny'))).toMatchObject({
      code: 'upstream-rejected',
      message: expect.stringMatching(message),
    })
  })

  it('is followed five times and no further', async () => {
    await using store = await open()
    const path = `/acme/Tiny/resolve/${store.hub.commitOf('acme/Tiny')}/${weights}`
    store.hub.fail({ place: 'resolve', path: weights }, ...times(4, { kind: 'redirect', location: path }))
    await store.pull('hf:acme/Tiny')
    store.hub.fail({ place: 'api' }, ...times(6, { kind: 'redirect', location: '/api/models/acme/Tiny/revision/main' }))
    expect(await refusal(store.pull('hf:acme/Tiny'))).toMatchObject({
      message: expect.stringMatching(/sent us on more than 5 times/),
    })
  })
})

it.each(['http://example.com', 'ftp://127.0.0.1', 'huggingface.co', 'https://user:secret@hub.example', ''])(
  'HF_ENDPOINT %j is refused without being repeated',
  async (endpoint) => {
    await using store = await open()
    expect(await refusal(store.pull('hf:acme/Tiny', { hub: { endpoint } }))).toMatchObject({
      code: 'config-invalid',
      message: expect.stringMatching(/HF_ENDPOINT is no address of a hub/),
    })
  },
)

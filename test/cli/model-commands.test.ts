import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ModelHub, startModelHub } from '../../src/testing/model-hub.ts'
import { tinyModelFiles } from '../model-store/store-of-test.ts'
import { runEdgewise, startEdgewise, waitForLine } from './run-edgewise.ts'

const token = 'hf_secretsecret'
let folder: string
let hub: ModelHub
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edgewise-cli-model-'))
  const files = await tinyModelFiles()
  hub = await startModelHub({
    token,
    repositories: { 'acme/Tiny': { files }, 'acme/Private': { files, access: 'private' } },
  })
})
afterAll(async () => {
  await hub[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

function run(state: string, ...words: string[]) {
  return runWith(state, {}, ...words)
}

function runWith(state: string, environment: Record<string, string>, ...words: string[]) {
  const env = { EDGEWISE_STATE: join(folder, state), HF_ENDPOINT: hub.endpoint, ...environment }
  return runEdgewise({ arguments: ['model', ...words], folder, environment: env })
}

describe('edgewise model', () => {
  it('pulls, lists, shows, verifies and removes', async () => {
    const pulled = await run('one', 'pull', 'hf:acme/Tiny')
    expect(pulled).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\/.*acme--Tiny@[0-9a-f]{12}\n$/) })
    expect(pulled.stderr).toMatch(/^Variants.*\n> {2}q4 +onnx +.* fits this machine\n {3}fp32 +onnx/)
    expect(pulled.stderr).toMatch(/\(100 %\)\nFetched and checked: q4 of .* KiB, commit [0-9a-f]{40}\n$/)
    expect((await run('one', 'pull', 'hf:acme/Tiny')).stderr).toContain('Already there: q4')

    const { stdout: listed } = await run('one', 'list')
    expect(listed).toMatch(
      /edgewise-edge: .*\nhf:acme\/Tiny:q4: .* KiB, commit [0-9a-f]{12}, pulled \d{4}-\d\d-\d\d\n$/s,
    )
    expect((await run('one', 'show', 'hf:acme/Tiny')).stdout).toMatch(/^acme\/Tiny \(.*\n.*quantisations.*\n {4}q4 /s)

    expect(await run('one', 'verify', 'hf:acme/Tiny')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/: all 6 files/),
    })
    const place = pulled.stdout.trim()
    await truncate(join(place, 'tokenizer.json'), 10)
    const bad = await run('one', 'verify', place)
    expect(bad).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/: tokenizer\.json has 10 bytes instead of \d+\n/),
    })

    expect((await run('one', 'rm', 'hf:acme/Tiny')).stdout).toMatch(/^Removed .*acme--Tiny@\w+: .* KiB freed\.\n$/)
    expect(await run('one', 'rm', 'hf:acme/Tiny')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('edgewise model pull hf:acme/Tiny'),
    })
  })

  it('removes nothing when a reference may mean several, nor what is outside the store', async () => {
    await run('several', 'pull', 'hf:acme/Tiny:q4')
    await run('several', 'pull', 'hf:acme/Tiny:fp32')
    const { code, stderr } = await run('several', 'rm', 'hf:acme/Tiny')
    expect(code).toBe(2)
    expect(stderr).toMatch(/may mean 2 models\. Name a variant.*--fp32.*--q4/s)
    expect((await run('several', 'rm', folder)).stderr).toMatch(/is no model inside .*: nothing was removed/)
    expect(await run('several', 'rm', 'hf:acme/Tiny:q4')).toMatchObject({ code: 0 })
  })

  it('carries a model over to a machine without a network, for those who know the key', async () => {
    await run('from', 'pull', 'hf:acme/Tiny')
    const exported = await run('from', 'export', 'hf:acme/Tiny', 'tiny.tar')
    expect(exported.stdout).toMatch(/^Wrote tiny\.tar: .* KiB\. Fingerprint .*:\n[0-9a-f]{64}\n$/)
    const fingerprint = exported.stdout.trim().split('\n').at(-1) ?? ''
    expect((await stat(join(folder, 'from', 'model-signing-key.pem'))).mode & 0o777).toBe(0o600)

    const away = { HF_ENDPOINT: 'http://127.0.0.1:1' }
    expect(await runWith('to', away, 'import', 'tiny.tar')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--key FINGERPRINT.*--trust-key/),
    })
    expect(await runWith('to', away, 'import', 'tiny.tar', '--key', 'abc')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/64 hexadecimal digits/),
    })
    expect(await runWith('to', away, 'import', 'tiny.tar', '--key', '0'.repeat(64))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/signed by another key/),
    })
    const taken = await runWith('to', away, 'import', 'tiny.tar', '--key', fingerprint.toUpperCase())
    expect(taken).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`Taken over and checked; signed by ${fingerprint}`),
    })
    expect(await runWith('to', away, 'verify', 'hf:acme/Tiny')).toMatchObject({ code: 0 })
  })

  it('reads HF_TOKEN, and shows it to nobody', async () => {
    const without = await run('token', 'pull', 'hf:acme/Private')
    expect(without).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/set HF_TOKEN to a token that may read it/),
    })
    const withToken = await runWith('token', { HF_TOKEN: ` ${token}\n` }, 'pull', 'hf:acme/Private')
    expect(withToken.code).toBe(0)
    expect(withToken.stdout + withToken.stderr).not.toContain('secret')
  })

  it('uses no network with HF_HUB_OFFLINE', async () => {
    const before = hub.requests.length
    const offline = { HF_HUB_OFFLINE: '1' }
    expect(await runWith('offline', offline, 'pull', 'hf:acme/Tiny')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/HF_HUB_OFFLINE forbids/),
    })
    expect(hub.requests.length).toBe(before)
    const { stdout } = await run('offline', 'pull', 'hf:acme/Tiny')
    expect(await runWith('offline', offline, 'pull', 'hf:acme/Tiny')).toMatchObject({ code: 0, stdout })
  })

  it.each([
    [['pull', 'acme/Tiny'], /names no model: it is not of the form hf:ORG\/NAME/],
    [['pull', 'hf:acme'], /Write hf:ORG\/NAME/],
    [['pull'], /missing required argument 'ref'/],
  ])('%j ends with 2', async (words, expected) => {
    expect(await run('wrong', ...words)).toMatchObject({ code: 2, stderr: expect.stringMatching(expected) })
  })

  it('stops at a signal, and the same command goes on from there', async () => {
    hub.fail({ place: 'cdn', path: 'onnx_data' }, { kind: 'stall', afterBytes: 50_000 })
    const environment = { EDGEWISE_STATE: join(folder, 'stopped'), HF_ENDPOINT: hub.endpoint }
    const child = startEdgewise({ arguments: ['model', 'pull', 'hf:acme/Tiny'], folder, environment })
    const seen = hub.requests.length
    await expect
      .poll(() => hub.requests.slice(seen).some(({ path }) => path.endsWith('onnx_data')), { timeout: 20_000 })
      .toBe(true)
    const partials = join(folder, 'stopped', 'models', '.partial')
    const partBytes = async () => {
      const names = await readdir(partials, { recursive: true }).catch(() => [])
      const part = names.find((name) => name.endsWith('onnx_data.part'))
      return part === undefined ? 0 : (await stat(join(partials, part))).size
    }
    await expect.poll(partBytes, { timeout: 20_000 }).toBeGreaterThan(0)
    child.kill('SIGINT')
    await expect(waitForLine(child.stderr, /edgewise: It was stopped\./)).resolves.toBeDefined()
    hub.release()
    const { code } = await run('stopped', 'pull', 'hf:acme/Tiny')
    expect(code).toBe(0)
    expect(hub.requests.findLast(({ place, path }) => place === 'cdn' && path.endsWith('onnx_data'))?.range).toMatch(
      /^bytes=\d+-$/,
    )
  })
})

describe('a pulled model', () => {
  it('is what the settings of an edge mean by its reference; one that is not there is not fetched', async () => {
    await writeFile(join(folder, 'edge.yaml'), 'edge:\n  port: 0\n  model: hf:acme/Tiny:fp32\n')
    const doctor = () =>
      runEdgewise({
        arguments: ['doctor', '--config', 'edge.yaml', '--state', 'doctor'],
        folder,
        environment: { HF_ENDPOINT: hub.endpoint },
      })
    const before = hub.requests.length
    expect((await doctor()).stdout).toMatch(
      /^fail {2}local model: hf:acme\/Tiny:fp32 is not in .*edgewise model pull hf:acme\/Tiny:fp32/m,
    )
    const edge = await runEdgewise({ arguments: ['edge', '--config', 'edge.yaml', '--state', 'doctor'], folder })
    expect(edge).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/Fetch it with: edgewise model pull hf:acme\/Tiny:fp32/),
    })
    expect(hub.requests.length).toBe(before)
    await run('doctor', 'pull', 'hf:acme/Tiny:fp32')
    expect((await doctor()).stdout).toMatch(/^ok {4}local model: acme\/Tiny: llama/m)
    const child = startEdgewise({ arguments: ['edge', '--config', 'edge.yaml', '--state', 'doctor'], folder })
    const [, url] = await waitForLine(child.stdout, /answers at (http:\S+)\/v1/)
    const key = (await readFile(join(folder, 'doctor', 'api-key'), 'utf8')).trim()
    const models = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })
    child.kill('SIGTERM')
    await once(child, 'close')
    expect(await models.json()).toMatchObject({ data: [{ id: 'auto' }, { id: 'acme/Tiny' }] })
  })
})

import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type MockFault, type MockUpstream, startMockUpstream } from '../../src/testing/mock-upstream.ts'
import { startEdgewise, waitForLine } from './run-edgewise.ts'

const models = join(import.meta.dirname, '..', '..', 'models')
const hello = { model: 'auto', stream: true, messages: [{ role: 'user', content: 'hello' }] }

let folder = ''
let mock: MockUpstream
const running = new Set<ReturnType<typeof startEdgewise>>()

beforeEach(async (context) => {
  if (!existsSync(models)) context.skip('the bundled models are not in this checkout')
  folder = await mkdtemp(join(tmpdir(), 'edgewise-signals-'))
  mock = await startMockUpstream({ answer: { pieces: ['one', ' two'] } })
})
afterEach(async () => {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
  await mock?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

function settings(more: object = {}): Promise<void> {
  const policy = { mode: 'only-cloud', privacy: { personalData: 'allow' } }
  const hub = { url: new URL(mock.baseUrl).origin }
  const edge = { port: 0, threads: 1, hub, policy, ...more }
  return writeFile(join(folder, 'edgewise.yaml'), JSON.stringify({ edge }, null, 2))
}

/** `edgewise edge` in a process of its own, with one answer under way of which one word has come. */
async function startAnswering(fault: MockFault = { kind: 'stall', afterChunks: 1 }) {
  const child = startEdgewise({ arguments: ['edge', '--state', 'edge', '--log', 'info'], folder, detached: true })
  running.add(child)
  const told = { out: '', log: '' }
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told.log += text
  })
  const [, url = ''] = await waitForLine(
    child.stdout.iterator({ destroyOnReturn: false }),
    /answers at (http:\S*\d)\/v1/,
  )
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told.out += text
  })
  const ended = once(child, 'close').then(([code]) => code as number)
  const key = (await readFile(join(folder, 'edge', 'api-key'), 'utf8')).trim()
  const ask = () =>
    fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(hello),
    })
  const status = () => fetch(`${url}/edgewise/v1/status`, { headers: { authorization: `Bearer ${key}` } })
  await expect.poll(async () => (await status()).json(), { timeout: 10_000 }).toMatchObject({ cloud: 'mock-model' })
  mock.fail(fault)
  const response = await ask()
  await expect.poll(() => mock.stalled).toBe(1)
  return { child, url, told, ended, ask, answer: response.text() }
}

describe('SIGTERM', () => {
  it('lets the running answer finish, takes no other, and exits with 0', async () => {
    await settings()
    const edge = await startAnswering()
    edge.child.kill('SIGTERM')
    await expect.poll(() => edge.told.out).toContain('Waiting for one answer to finish')
    await expect(edge.ask()).rejects.toThrow()
    mock.release()
    const text = await edge.answer
    expect(text).toContain(' two')
    expect(text).toContain('[DONE]')
    expect(await edge.ended).toBe(0)
  })

  it('ends it with an explicit error when it takes longer than limits.drainMs', async () => {
    await settings({ limits: { drainMs: 100 } })
    const edge = await startAnswering()
    edge.child.kill('SIGTERM')
    expect(await edge.answer).toMatch(/"code":"engine-unavailable"(?![\s\S]*\[DONE\])/)
    expect(await edge.ended).toBe(0)
  })

  it('ends it so at the second signal', async () => {
    await settings()
    const edge = await startAnswering()
    edge.child.kill('SIGTERM')
    await expect.poll(() => edge.told.out).toContain('another signal ends them now')
    edge.child.kill('SIGTERM')
    expect(await edge.answer).toContain('shutting down')
    expect(await edge.ended).toBe(0)
  })
})

it('SIGINT ends the running answer with an explicit error, at once', async () => {
  await settings()
  const edge = await startAnswering()
  edge.child.kill('SIGINT')
  expect(await edge.answer).toContain('shutting down')
  expect(await edge.ended).toBe(0)
  expect(edge.told.out).not.toContain('Waiting')
})

it('SIGHUP reads the settings anew, names what needs a restart, and drops nothing when they are wrong', async () => {
  await settings()
  const edge = await startAnswering()
  await settings({ policy: { mode: 'only-edge' }, port: 4611 })
  edge.child.kill('SIGHUP')
  await expect.poll(() => edge.told.log).toContain('settings read; new: policy.mode')
  expect(edge.told.log).toContain('only in force after a restart: port')
  await writeFile(join(folder, 'edgewise.yaml'), 'edge:\n  polcy: {}\n')
  edge.child.kill('SIGHUP')
  await expect.poll(() => edge.told.log).toContain('the settings stay as they were: edgewise.yaml:2:3 edge.polcy')
  const local = await edge.ask()
  expect(local.headers.get('x-edgewise-placement')).toBe('local')
  await local.text()
  mock.release()
  expect(await edge.answer).toContain('[DONE]')
  edge.child.kill('SIGTERM')
  expect(await edge.ended).toBe(0)
})

it('a signal to the whole group of processes leaves the local model at work for the answers that run', async () => {
  await settings({ policy: { mode: 'prefer-cloud', privacy: { personalData: 'allow' } } })
  const word = 'data: {"choices":[{"index":0,"delta":{"content":"one"}}]}\n\n'
  const edge = await startAnswering({ kind: 'raw', writes: [word], stays: true, cut: true })
  process.kill(-(edge.child.pid ?? Number.NaN), 'SIGTERM')
  await expect.poll(() => edge.told.out).toContain('Waiting for one answer to finish')
  // The cloud is lost now: the local model has to go on.
  mock.release()
  const text = await edge.answer
  expect(text).toContain('"placement":"local"')
  expect(text).toContain('[DONE]')
  expect(await edge.ended).toBe(0)
})

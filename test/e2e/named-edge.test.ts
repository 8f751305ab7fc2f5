import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type EdgeConfig, edgeConfigSchema } from '../../src/edge/config.ts'
import { startEdge } from '../../src/edge/presets/node.ts'
import { systemClock } from '../../src/spec/system-clock.ts'
import { startMockUpstream } from '../../src/testing/mock-upstream.ts'
import { writeTinyNames } from '../../src/testing/tiny-names/write-tiny-names.ts'

const root = mkdtempSync(join(tmpdir(), 'edgewise-named-'))
const tiny = join(root, 'tiny')
beforeAll(() => writeTinyNames({ folder: tiny }))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const nothing = () => undefined
const log = { debug: nothing, info: nothing, warn: nothing, error: console.error }
/** The tiny model takes some of it for names, as a model with random weights does. */
const text = 'Dear Ada Lovelace of London'

function configWith(hubUrl: string, nameModel: string | false): EdgeConfig {
  const privacy = { personalData: 'protect', nameModel, detectorDeadlineMs: 1000 }
  return edgeConfigSchema.parse({ port: 0, threads: 1, hub: { url: hubUrl }, policy: { privacy } })
}

/** Children of this process that run a name model. */
function nameProcesses(): readonly number[] {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
  const pids = children.split(' ').filter((pid) => pid !== '')
  return pids.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('names-main')).map(Number)
}

it('protects with its name model, keeps what that cannot read, and changes models while it runs', async () => {
  await using hub = await startMockUpstream({ answer: { pieces: ['Done.'] } })
  const hubUrl = hub.baseUrl.replace(/\/v1$/, '')
  let asked = configWith(hubUrl, tiny)
  const edge = await startEdge({
    config: asked,
    stateFolder: root,
    clock: systemClock,
    log,
    readConfig: async () => asked,
  })
  await using _ = { [Symbol.asyncDispose]: () => edge.close() }
  const client = new OpenAI({ baseURL: `${edge.url}/v1`, apiKey: edge.apiKey, maxRetries: 0 })
  await expect.poll(async () => (await client.models.list()).data.length, { timeout: 20_000 }).toBe(3)
  const placementOf = async (content: string) => {
    const headers = { 'x-edgewise-mode': 'prefer-cloud' }
    const messages = [{ role: 'user' as const, content }]
    const { response } = await client.chat.completions
      .create({ model: 'auto', messages, max_completion_tokens: 4 }, { headers })
      .withResponse()
    return response.headers.get('x-edgewise-placement')
  }
  const lastSent = () => JSON.stringify(hub.requests.at(-1)?.body)

  expect(await placementOf(text)).toBe('cloud')
  expect(lastSent()).toMatch(/\[[A-Z]+_1\]/)
  expect(lastSent()).not.toContain('Lovelace')

  const [pid = 0, ...others] = nameProcesses()
  expect(others).toEqual([])
  process.kill(pid, 'SIGSTOP')
  const sentBefore = hub.requests.length
  expect(await placementOf(`${text}, again`)).toBe('local')
  expect(hub.requests).toHaveLength(sentBefore)
  process.kill(pid, 'SIGCONT')
  await expect.poll(() => placementOf(`${text}, once more`), { timeout: 20_000 }).toBe('cloud')

  asked = configWith(hubUrl, join(root, 'missing'))
  await expect(edge.reload()).rejects.toMatchObject({ code: 'model-not-found' })
  expect(await placementOf(`${text}, still`)).toBe('cloud')
  expect(lastSent()).not.toContain('Lovelace')

  asked = configWith(hubUrl, false)
  expect(await edge.reload()).toMatchObject({ changed: ['policy.privacy.nameModel'] })
  expect(await placementOf(`${text}, at last`)).toBe('cloud')
  expect(lastSent()).toContain('Lovelace')
  await expect.poll(nameProcesses, { timeout: 10_000 }).toEqual([])
})

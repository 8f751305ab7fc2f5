import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { edgeConfigSchema } from '../../src/edge/config.ts'
import { startEdge } from '../../src/edge/presets/node.ts'
import { systemClock } from '../../src/spec/system-clock.ts'
import { clientOf } from './two-machines.ts'

const nothing = () => undefined
const log = { debug: nothing, info: nothing, warn: nothing, error: (...words: unknown[]) => console.error(...words) }
const intent = {
  model: 'auto',
  temperature: 0,
  messages: [{ role: 'user' as const, content: 'Intent: how do i reset my pin' }],
}

async function start(hub?: object, writtenTo = log) {
  await using opened = new AsyncDisposableStack()
  const stateFolder = await mkdtemp(join(tmpdir(), 'edgewise-alone-'))
  opened.defer(() => rm(stateFolder, { recursive: true, force: true }))
  const policy = { privacy: { personalData: 'allow' } }
  const config = edgeConfigSchema.parse({ port: 0, threads: 1, policy, ...(hub === undefined ? {} : { hub }) })
  const edge = await startEdge({ config, stateFolder, clock: systemClock, log: writtenTo })
  opened.defer(() => edge.close())
  const rest = opened.move()
  return { client: clientOf(edge), stateFolder, edge, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}

describe('an edge without anybody else', () => {
  it('answers with no hub configured, and tells only-cloud why not', async () => {
    await using alone = await start()
    const { data, response } = await alone.client.chat.completions.create(intent).withResponse()
    expect(data.choices[0]?.message.content).toMatch(/^[a-z_]+$/)
    expect(response.headers.get('x-edgewise-reason')).toBe('prefer-edge')
    const only = alone.client.chat.completions.create(intent, { headers: { 'x-edgewise-mode': 'only-cloud' } })
    await expect(only).rejects.toMatchObject({ status: 403, code: 'policy-forbids' })
  })

  it('boots and answers while its hub cannot be reached', async () => {
    await using alone = await start({ url: 'https://127.0.0.1:1', fingerprint: '0'.repeat(64) })
    const { response } = await alone.client.chat.completions
      .create(intent, { headers: { 'x-edgewise-mode': 'prefer-cloud' } })
      .withResponse()
    expect(response.headers.get('x-edgewise-placement')).toBe('local')
    expect(['link-down', 'engine-down']).toContain(response.headers.get('x-edgewise-reason'))
  })

  it('says so in its log when decisions cannot be kept, and goes on answering', async () => {
    const told = Promise.withResolvers<unknown>()
    await using alone = await start(undefined, { ...log, error: (...words: unknown[]) => told.resolve(words) })
    const store = new DatabaseSync(join(alone.stateFolder, 'edge.db'))
    store.exec('DROP TABLE decisions')
    store.close()
    await alone.client.chat.completions.create(intent)
    expect(await told.promise).toMatchObject([{ err: { code: 'store-failed' } }, 'the store failed'])
  })

  it('refuses megabytes of prompt without reading them token by token, and answers others meanwhile', async () => {
    await using alone = await start()
    const content = 'word '.repeat(1_400_000)
    const huge = alone.client.chat.completions.create({ ...intent, messages: [{ role: 'user', content }] })
    await expect(huge).rejects.toMatchObject({ status: 400, code: 'context-exceeded' })
    await expect(huge).rejects.toThrow(/7000000 characters/)
    expect((await alone.client.chat.completions.create(intent)).choices).toHaveLength(1)
  })

  it('keeps its key over a restart', async () => {
    await using alone = await start()
    const { apiKey } = alone.edge
    const config = edgeConfigSchema.parse({ port: 0, threads: 1 })
    const again = await startEdge({ config, stateFolder: alone.stateFolder, clock: systemClock, log })
    expect(again.apiKey).toBe(apiKey)
    await again.close()
  })

  it('refuses to start over a broken model folder, and leaves nothing open', async () => {
    const stateFolder = await mkdtemp(join(tmpdir(), 'edgewise-alone-'))
    const config = edgeConfigSchema.parse({ port: 0, model: stateFolder })
    await expect(startEdge({ config, stateFolder, clock: systemClock, log })).rejects.toMatchObject({
      code: 'model-invalid',
    })
    await rm(stateFolder, { recursive: true })
  })
})

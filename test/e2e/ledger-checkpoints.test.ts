import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import OpenAI from 'openai'
import { expect, it } from 'vitest'
import { edgeConfigSchema } from '../../src/edge/config.ts'
import { startEdge } from '../../src/edge/presets/node.ts'
import { systemClock } from '../../src/spec/system-clock.ts'
import { openIdentity } from '../../src/sync/enrolment/identity.ts'
import { runEdgewise } from '../cli/run-edgewise.ts'
import { joinAs, type TestHub, temporaryFolder, testHub } from '../hub/running-hub.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

/** An edge of this hub whose store and ledger lie in `stateFolder`. */
async function startJoined({ url, fingerprint }: TestHub, stateFolder: string) {
  const config = edgeConfigSchema.parse({
    port: 0,
    threads: 1,
    hub: { url, fingerprint },
    policy: { privacy: { personalData: 'allow' } },
  })
  const edge = await startEdge({ config, stateFolder, clock: systemClock, log: quiet })
  const client = new OpenAI({ baseURL: `${edge.url}/v1`, apiKey: edge.apiKey, maxRetries: 0 })
  const messages = [{ role: 'user' as const, content: 'Say something.' }]
  return {
    knowsHub: async () => (await client.models.list()).data.some(({ id }) => id === 'big'),
    ask: () =>
      client.chat.completions.create({ model: 'auto', messages }, { headers: { 'x-edgewise-mode': 'only-cloud' } }),
    [Symbol.asyncDispose]: () => edge.close(),
  }
}

it('a ledger that was cut back together with its own checkpoint is good by itself, and found out by what the hub keeps', async () => {
  await using hub = await testHub()
  const stateFolder = temporaryFolder()
  const identity = await openIdentity({ folder: stateFolder, name: 'edge' })
  await joinAs({ token: await hub.mintJoinToken(), identity })
  const command = (state: string, ...words: string[]) =>
    runEdgewise({ arguments: [...words, '--state', state], folder: stateFolder })
  const atHub = async () => {
    const { stdout } = await command(hub.folder, 'hub', 'ledger', identity.id.slice(0, 12), '--json')
    return { text: stdout, ...(JSON.parse(stdout) as { readonly checkpoints: readonly { entries: number }[] }) }
  }

  {
    await using edge = await startJoined(hub, stateFolder)
    await expect.poll(() => edge.knowsHub(), { timeout: 20_000 }).toBe(true)
    await edge.ask()
  }
  // The checkpoint that the first run signed at its end is handed over by the second.
  {
    await using _edge = await startJoined(hub, stateFolder)
    await expect.poll(async () => (await atHub()).checkpoints.length, { timeout: 20_000, interval: 1000 }).toBe(1)
  }
  const kept = await atHub()
  const file = join(stateFolder, 'kept-by-the-hub')
  writeFileSync(file, kept.text)
  expect(await command(stateFolder, 'ledger', 'verify', '--head', file)).toMatchObject({ code: 0 })
  expect((await command(hub.folder, 'hub', 'ledger', identity.id.slice(0, 12))).stdout).toMatch(/UTC +\d+ entries/)

  const path = join(stateFolder, 'ledger', '000000000001.ledger')
  const lines = readFileSync(path, 'latin1').split('\n')
  const send = lines.findIndex((line) => line.includes('"purpose":"inference"'))
  writeFileSync(path, `${lines.slice(0, send).join('\n')}\n`, 'latin1')
  rmSync(join(stateFolder, 'ledger', 'checkpoint'))
  expect(await command(stateFolder, 'ledger', 'verify')).toMatchObject({ code: 0 })
  const found = await command(stateFolder, 'ledger', 'verify', '--head', file)
  expect(found).toMatchObject({ code: 1, stdout: expect.stringContaining(`NOT GOOD at entry ${send + 1}: truncated`) })
}, 90_000)

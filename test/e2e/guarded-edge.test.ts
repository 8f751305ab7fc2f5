import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { afterAll, describe, expect, it } from 'vitest'
import { edgeConfigSchema } from '../../src/edge/config.ts'
import { startEdge } from '../../src/edge/presets/node.ts'
import { createSentBodies } from '../../src/edge/sent-bodies.ts'
import { systemClock } from '../../src/spec/system-clock.ts'
import { startMockUpstream } from '../../src/testing/mock-upstream.ts'

const folder = mkdtempSync(join(tmpdir(), 'edgewise-guarded-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const nothing = () => undefined
const log = { debug: nothing, info: nothing, warn: nothing, error: console.error }
const headers = { 'x-edgewise-conversation': 'ward-7', 'x-edgewise-mode': 'prefer-cloud' }

async function startGuardedEdge(hubUrl: string) {
  const config = edgeConfigSchema.parse({
    port: 0,
    threads: 1,
    hub: { url: hubUrl },
    policy: {
      privacy: {
        personalData: 'protect',
        recognizers: [{ kind: 'pattern', name: 'ward-code', pattern: 'WARD-[0-9]{4}' }],
      },
    },
  })
  const edge = await startEdge({ config, stateFolder: folder, clock: systemClock, log, sentBodies: createSentBodies() })
  const client = new OpenAI({ baseURL: `${edge.url}/v1`, apiKey: edge.apiKey, maxRetries: 0 })
  const deadline = performance.now() + 20_000
  for (let models = 0; models < 3 && performance.now() < deadline; ) models = (await client.models.list()).data.length
  const ask = async (content: string) => {
    const messages = [{ role: 'user' as const, content }]
    const { data, response } = await client.chat.completions
      .create({ model: 'auto', messages, max_completion_tokens: 8 }, { headers })
      .withResponse()
    const id = response.headers.get('x-edgewise-request-id') ?? ''
    const get = (path: string) =>
      fetch(`${edge.url}/edgewise/v1/requests/${id}${path}`, { headers: { authorization: `Bearer ${edge.apiKey}` } })
    return { text: data.choices[0]?.message.content, placement: response.headers.get('x-edgewise-placement'), get }
  }
  return { ask, [Symbol.asyncDispose]: () => edge.close() }
}

describe('an edge that protects', () => {
  it('sends pseudonyms, restores answers, and remembers its conversations across a restart', async () => {
    await using hub = await startMockUpstream({ answer: { pieces: ['Mailed [EM', 'AIL_1] from [VAL', 'UE_1].'] } })
    const url = hub.baseUrl.replace(/\/v1$/, '')
    {
      await using edge = await startGuardedEdge(url)
      const first = await edge.ask('Mail ada@example.org about WARD-0042')
      expect(first).toMatchObject({ placement: 'cloud', text: 'Mailed ada@example.org from WARD-0042.' })
      const left = await (await first.get('/sent')).text()
      expect(left).toContain('Mail [EMAIL_1] about [VALUE_1]')
      expect(left).not.toContain('ada@')
      expect(await (await first.get('')).json()).toMatchObject({
        privacy: { findings: { EMAIL_ADDRESS: 1, CUSTOM: 1 } },
        sent: { disclosed: 'pseudonymised', bytes: left.length },
      })
    }
    {
      await using edge = await startGuardedEdge(url)
      expect((await edge.ask('And WARD-0043, ada@example.org')).text).toBe('Mailed ada@example.org from [VALUE_1].')
      expect(await edge.ask('the password: Tr0ub4dor&3 is mine')).toMatchObject({ placement: 'local' })
    }
    await using edge = await startGuardedEdge(url)
    expect(await edge.ask('thanks')).toMatchObject({ placement: 'local' })
    const bodies = JSON.stringify(hub.requests.map(({ body, headers: sent }) => [body, sent]))
    expect(hub.requests).toHaveLength(2)
    expect(bodies).not.toMatch(/ada@|WARD-|Tr0ub4dor|ward-7/)
    for (const name of readdirSync(folder).filter((file) => file.startsWith('edge.db')))
      expect(readFileSync(join(folder, name), 'latin1')).not.toMatch(/ada@example|WARD-00|Tr0ub4dor/)
  })
})

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { edgeConfigSchema } from '../../src/edge/config.ts'
import { startEdge } from '../../src/edge/presets/node.ts'
import { systemClock } from '../../src/spec/system-clock.ts'
import { mountMissing } from '../../src/testing/faults/loop-image.ts'
import { mountTinyDisk } from '../../src/testing/faults/tiny-disk.ts'
import { type MockUpstream, startMockUpstream } from '../../src/testing/mock-upstream.ts'
import { runEdgewise } from '../cli/run-edgewise.ts'

const root = mkdtempSync(join(tmpdir(), 'edgewise-ledger-'))
const nothing = () => undefined
let hub: MockUpstream

beforeAll(async () => {
  hub = await startMockUpstream({ answer: { pieces: ['Mailed [EMAIL_1].'] } })
})
afterAll(async () => {
  await hub[Symbol.asyncDispose]()
  rmSync(root, { recursive: true, force: true })
})

async function startRecordingEdge(stateFolder: string, ledger: object = {}) {
  const config = edgeConfigSchema.parse({
    port: 0,
    threads: 1,
    hub: { url: hub.baseUrl.replace(/\/v1$/, '') },
    policy: { privacy: { personalData: 'protect' } },
    ledger,
  })
  const errors: string[] = []
  const log = {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: (message: unknown) => errors.push(String(message)),
  }
  const edge = await startEdge({ config, stateFolder, clock: systemClock, log })
  const client = new OpenAI({ baseURL: `${edge.url}/v1`, apiKey: edge.apiKey, maxRetries: 0 })
  const get = async (path: string) =>
    (await fetch(`${edge.url}${path}`, { headers: { authorization: `Bearer ${edge.apiKey}` } })).text()
  const ask = async (content: string) => {
    const messages = [{ role: 'user' as const, content }]
    const options = { headers: { 'x-edgewise-mode': 'prefer-cloud' } }
    const { response } = await client.chat.completions
      .create({ model: 'auto', messages, max_completion_tokens: 4 }, options)
      .withResponse()
    const id = response.headers.get('x-edgewise-request-id') ?? ''
    const decision = JSON.parse(await get(`/edgewise/v1/requests/${id}`)) as { sent: { entries?: number[] } }
    return { id, placement: response.headers.get('x-edgewise-placement'), decision }
  }
  const knowsHub = async () => (await client.models.list()).data.length >= 3
  return { client, ask, get, errors, knowsHub, [Symbol.asyncDispose]: () => edge.close() }
}

function ledgerCommand(state: string, ...words: string[]) {
  return runEdgewise({ arguments: ['ledger', ...words, '--state', state], folder: root })
}

describe('the ledger of an edge', () => {
  const state = join(root, 'edge')
  let id = ''
  let entry = 0

  it('has every send, and each decision names its own', async () => {
    await using edge = await startRecordingEdge(state)
    await expect.poll(() => edge.knowsHub(), { timeout: 20_000 }).toBe(true)
    const asked = await edge.ask('Mail ada@example.org')
    expect(asked.placement).toBe('cloud')
    id = asked.id
    entry = asked.decision.sent.entries?.[0] ?? 0
    expect(asked.decision.sent.entries).toHaveLength(1)
    expect(await edge.get('/metrics')).toMatch(/edgewise_ledger_up 1\n/)
    expect(edge.errors).toEqual([])
  })

  it('is listed, and found by the id of a request', async () => {
    const { stdout } = await ledgerCommand(state, 'tail', '--all')
    expect(stdout).toMatch(/models +control +\d+ +answered 200/)
    expect(stdout).toMatch(/probe +control/)
    const found = await ledgerCommand(state, 'tail', '--request', id, '--json')
    expect(JSON.parse(found.stdout)).toMatchObject({
      seq: entry,
      purpose: 'inference',
      class: 'text',
      placement: 'cloud',
      found: { EMAIL_ADDRESS: 1 },
      done: { pseudonymise: 1 },
      end: { status: 200 },
      state: 'ended',
    })
  })

  it('holds nothing of what was sent', () => {
    const text = readFileSync(join(state, 'ledger', '000000000001.ledger'), 'latin1')
    expect(text).not.toMatch(/ada@|EMAIL_1|Mail/)
    expect(text).not.toContain(id)
  })

  it('is good on the spot and as an export, with the key and a checkpoint that somebody else kept', async () => {
    expect(await ledgerCommand(state, 'verify')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Good: .*that of this edge/s),
    })
    const file = join(root, 'export')
    expect(await ledgerCommand(state, 'export', file)).toMatchObject({ code: 0 })
    const [key, head] = [join(root, 'key.pem'), join(root, 'head')]
    writeFileSync(key, (await ledgerCommand(state, 'key')).stdout)
    writeFileSync(head, (await ledgerCommand(state, 'head')).stdout)
    const words = ['verify', file, '--key', key, '--head', head]
    expect(await ledgerCommand(join(root, 'auditor'), ...words)).toMatchObject({ code: 0 })
    writeFileSync(file, readFileSync(file, 'latin1').replace('"purpose":"inference"', '"purpose":"probe"'), 'latin1')
    const bad = await ledgerCommand(join(root, 'auditor'), ...words)
    expect(bad).toMatchObject({ code: 1, stdout: expect.stringContaining(`NOT GOOD at entry ${entry}: edited`) })
  })

  it('tells the body of an entry from any other', async () => {
    const sent = hub.requests.find(({ path }) => path.endsWith('/chat/completions'))
    const body = join(root, 'body')
    writeFileSync(body, JSON.stringify(sent?.body))
    expect(await ledgerCommand(state, 'match', String(entry), body)).toMatchObject({ code: 0 })
    writeFileSync(body, 'something else')
    expect(await ledgerCommand(state, 'match', String(entry), body)).toMatchObject({ code: 1 })
  })
})

describe('an edge whose ledger cannot be written', () => {
  it('sends nothing, and answers by itself', async () => {
    const occupied = join(root, 'occupied')
    writeFileSync(occupied, 'a file where the folder should be')
    const before = hub.requests.length
    await using edge = await startRecordingEdge(join(root, 'other'), { folder: occupied })
    expect(edge.errors.join()).toContain('nothing may leave')
    expect(await edge.ask('Mail ada@example.org')).toMatchObject({ placement: 'local' })
    expect(await edge.get('/metrics')).toMatch(/edgewise_ledger_up 0\n/)
    expect(hub.requests.length).toBe(before)
  })
})

const noMount = mountMissing()

describe('an edge whose disk fills up', () => {
  it('answers by itself while nothing can be recorded, and sends again when there is space', async ({ skip }) => {
    skip(noMount !== undefined, noMount)
    await using disk = await mountTinyDisk({ folder: join(root, 'tiny'), kilobytes: 128 })
    await using edge = await startRecordingEdge(join(root, 'filling'), { folder: join(disk.folder, 'ledger') })
    await expect.poll(() => edge.knowsHub(), { timeout: 20_000 }).toBe(true)
    expect((await edge.ask('one')).placement).toBe('cloud')
    const ballast = join(disk.folder, 'ballast')
    try {
      writeFileSync(ballast, new Uint8Array(200_000))
    } catch {
      // Full now.
    }
    const places: (string | null)[] = []
    for (let asked = 0; asked < 40 && places.at(-1) !== 'local'; asked += 1)
      places.push((await edge.ask('more')).placement)
    expect(places.at(-1)).toBe('local')
    expect(edge.errors.join()).toContain('ENOSPC')
    rmSync(ballast)
    await expect.poll(async () => (await edge.ask('again')).placement, { timeout: 10_000 }).toBe('cloud')
  }, 60_000)
})

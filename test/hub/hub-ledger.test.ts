import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startMockUpstream } from '../../src/testing/mock-upstream.ts'
import { runEdgewise } from '../cli/run-edgewise.ts'
import { call, chatBody, temporaryFolder, testHub } from './running-hub.ts'

const path = '/v1/chat/completions'

function upstreamAt(url: string) {
  return [{ name: 'one', url, models: [{ id: 'big', upstreamModel: 'mock-model' }] }]
}

describe('the ledger of a hub', () => {
  it('has what went to its upstreams, and is listed and verified like that of an edge', async () => {
    await using mock = await startMockUpstream()
    const folder = temporaryFolder()
    {
      await using hub = await testHub({
        folder,
        engines: [],
        config: { upstreams: upstreamAt(mock.baseUrl), ledger: {} },
      })
      expect((await call(hub, { path, body: chatBody })).status).toBe(200)
      const metrics = await (await call(hub, { path: '/metrics' })).text()
      expect(metrics).toMatch(/edgewise_ledger_up 1\n/)
    }
    const command = (...words: string[]) =>
      runEdgewise({ arguments: ['ledger', ...words, '--hub', '--state', folder], folder })
    const { stdout } = await command('tail', '--json')
    const sends = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(sends.find(({ purpose }) => purpose === 'inference')).toMatchObject({
      to: new URL(mock.baseUrl).origin,
      purpose: 'inference',
      class: 'text',
      end: { status: 200 },
      state: 'ended',
    })
    expect(stdout).not.toContain('Say something')
    expect(await command('verify')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Good: .*that of this hub/s),
    })
    expect((await command('key')).stdout).toMatch(/^-----BEGIN PUBLIC KEY/)
  })

  it('lets nothing out to an upstream that it cannot record', async () => {
    await using mock = await startMockUpstream()
    const folder = temporaryFolder()
    const occupied = join(folder, 'occupied')
    writeFileSync(occupied, 'a file where the folder should be')
    const config = { upstreams: upstreamAt(mock.baseUrl), ledger: { folder: occupied } }
    await using hub = await testHub({ folder, engines: [], config })
    const refused = await call(hub, { path, body: chatBody })
    expect(refused.status).toBe(503)
    expect(mock.requests).toEqual([])
  })

  it('is not made where it is turned off, or nothing is sent', async () => {
    await using mock = await startMockUpstream()
    const [off, alone] = [temporaryFolder(), temporaryFolder()]
    const config = { upstreams: upstreamAt(mock.baseUrl), ledger: { enabled: false } }
    await using hub = await testHub({ folder: off, engines: [], config })
    expect((await call(hub, { path, body: chatBody })).status).toBe(200)
    await using _other = await testHub({ folder: alone })
    expect([off, alone].map((folder) => existsSync(join(folder, 'hub-ledger')))).toEqual([false, false])
  })
})
